// Which theme is shown? The system's until a person chooses; the choice is kept per browser.
import { store, stored } from "./stored.ts";

export type Theme = "light" | "dark";

const dark = (): boolean => matchMedia("(prefers-color-scheme: dark)").matches;

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return dark() ? "dark" : "light";
}

/** Applies the stored choice. Call it before the first render. */
export function restoreTheme(): void {
  const chosen = stored("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}

export function toggleTheme(): void {
  const next: Theme = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  store("theme", next);
}
