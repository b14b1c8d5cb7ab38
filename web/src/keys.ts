// What does a key do? One list for the listener, the menu's hints and the list of keys. Never acts inside a field.
import { useEffect, useEffectEvent } from "react";
import { CACHE, CALLS, CONFIGURATION, CONNECTIONS, EVENTS, OVERVIEW, SERVERS, TOOLS } from "./route.ts";

export interface KeyLine {
  readonly keys: string;
  readonly does: string;
}

export const PLACES = [
  { keys: "g o", does: "Overview", href: OVERVIEW },
  { keys: "g s", does: "Servers", href: SERVERS },
  { keys: "g t", does: "Tools", href: TOOLS },
  { keys: "g l", does: "Calls", href: CALLS },
  { keys: "g h", does: "Cache", href: CACHE },
  { keys: "g e", does: "Events", href: EVENTS },
  { keys: "g f", does: "Configuration", href: CONFIGURATION },
  { keys: "g n", does: "Connections", href: CONNECTIONS },
] as const;

const onMac = typeof navigator !== "undefined" && /mac/i.test(navigator.platform);

/** How the keys that open the palette are written here. */
export const PALETTE_KEYS = onMac ? "⌘ K" : "Ctrl K";

export const KEYS: readonly KeyLine[] = [
  ...PLACES.map(({ keys, does }) => ({ keys, does: `Go to ${does}` })),
  { keys: PALETTE_KEYS, does: "Find or run anything" },
  { keys: "/", does: "Filter this list" },
  { keys: "j k", does: "Next and previous row (arrow keys too)" },
  { keys: "Enter", does: "Open the row" },
  { keys: "Esc", does: "Close or go back" },
  { keys: "p", does: "Probe the server of this page, or pause the events or calls" },
  { keys: "[ ]", does: "One event earlier or later, at a moment of the past; p plays on" },
  { keys: "i", does: "Isolate or release the server of this page" },
  { keys: "t", does: "Change between light and dark" },
  { keys: "?", does: "Show this list" },
];

/** How long a first key such as `g` waits for its second, milliseconds. */
const CHORD_MS = 1000;

const inField = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;

const openDialog = (): Element | null => document.querySelector("dialog[open]");

/** Something lies over the page: what a key does to the page rests. */
export const covered = (): boolean => document.querySelector("dialog[open], :popover-open") !== null;

/** Moves focus among the rows of the open dialog or the page; true when there was a row to move to. */
function moveRow(delta: 1 | -1): boolean {
  const rows = [...(openDialog() ?? document).querySelectorAll<HTMLElement>("[data-row]")].filter(
    (row) => row.getClientRects().length > 0,
  );
  const current = rows.indexOf(document.activeElement as HTMLElement);
  const next = current < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, current + delta))];
  next?.focus();
  return next !== undefined;
}

function focusFilter(): boolean {
  const filter = document.querySelector<HTMLInputElement>("[data-filter]");
  if (!filter || openDialog()) return false;
  filter.focus();
  filter.select();
  return true;
}

const onRow = (): boolean => document.activeElement?.hasAttribute("data-row") === true;

function listKey(key: string): boolean {
  if (key === "j" || (key === "ArrowDown" && onRow())) return moveRow(1);
  if (key === "k" || (key === "ArrowUp" && onRow())) return moveRow(-1);
  return key === "/" && focusFilter();
}

interface First {
  readonly key: string;
  /** Milliseconds, on the clock of the events. */
  readonly at: number;
}

const NO_FIRST: First = { key: "", at: 0 };

const isForUs = (event: KeyboardEvent): boolean =>
  !(event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || inField(event.target));

/** The word that this key finishes, such as `g s`. */
const wordOf = (first: First, event: KeyboardEvent): string =>
  first.key !== "" && event.timeStamp - first.at < CHORD_MS ? `${first.key} ${event.key}` : event.key;

/** Listens while mounted. `press` gets a finished word such as `g s`, `t` or `Escape` and says whether it used it. */
export function useKeys(press: (word: string) => boolean): void {
  const onPress = useEffectEvent(press);
  useEffect(() => {
    let first = NO_FIRST;
    const onKey = (event: KeyboardEvent): void => {
      if (!isForUs(event)) return;
      const word = wordOf(first, event);
      first = word === "g" ? { key: "g", at: event.timeStamp } : NO_FIRST;
      if (onPress(word) || listKey(word)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

/** Calls `open` at Ctrl or Cmd with K, also inside a field: nothing is typed by it. */
export function usePaletteKey(open: () => void): void {
  const onPress = useEffectEvent(open);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || event.ctrlKey === event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      onPress();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
