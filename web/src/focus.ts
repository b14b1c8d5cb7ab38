// Where does focus go when the page changes? To the row that one came from, else to the start of the new page.
import { type RefObject, useEffect, useRef } from "react";
import { routeOf } from "./route.ts";

const visible = (element: Element | null): boolean =>
  element !== null && element !== document.body && element.getClientRects().length > 0;

/** The row in this page that led to `path`. */
const rowOf = (path: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>("main [data-row]")].find((row) => row.getAttribute("href") === path);

/** Follows the path. Give the ref to the element that holds every page. */
export function usePageFocus(path: string): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);
  useEffect(() => {
    const before = shown.current;
    if (before === path) return;
    shown.current = path;
    const row = rowOf(before);
    if (row && visible(row)) return row.focus();
    const samePage = routeOf(before).page === routeOf(path).page;
    if (!samePage || !visible(document.activeElement)) main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
}
