// How do rows and foreign text look on a terminal? Pure; what a server sent can never steer the terminal.
import { stripVTControlCharacters } from "node:util";

// C0 but tab and newline, DEL, C1, and the marks that turn the direction of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text from outside without anything that a terminal would obey; line breaks and tabs stay. */
export const harmless = (text: string): string => stripVTControlCharacters(text).replace(CONTROLS, "");

/** The same on one line. */
export const oneLine = (text: string): string => harmless(text).replace(/\s+/g, " ").trim();

/** At most `width` characters, with an ellipsis where something was cut. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1)).trimEnd()}…`;

/** Rows as aligned columns, two spaces apart; the last column is cut so that a row fits into `width`. */
export function columns(rows: readonly (readonly string[])[], width: number): string[] {
  const widths = (rows[0] ?? []).map((_cell, at) => Math.max(...rows.map((row) => oneLine(row[at] ?? "").length)));
  return rows.map((row) => {
    const cells = row.map(oneLine);
    const head = cells.slice(0, -1).map((cell, at) => cell.padEnd(widths[at] ?? 0));
    const used = head.reduce((sum, cell) => sum + cell.length + 2, 0);
    return [...head, cut(cells.at(-1) ?? "", Math.max(20, width - used))].join("  ").trimEnd();
  });
}

/** `1 tool`, `2 tools`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** `1,204`. */
export const grouped = (count: number): string => count.toLocaleString("en-US");

/** A share, 0 to 1, as `62 %`; one that is neither none nor all never looks like it. */
export function percent(share: number): string {
  if (share > 0 && share < 0.005) return "<1 %";
  if (share < 1 && share >= 0.995) return ">99 %";
  return `${Math.round(share * 100)} %`;
}

const BYTE_UNITS = ["bytes", "KiB", "MiB", "GiB"] as const;

/** Bytes as people say them: `900 bytes`, `4.2 KiB`, `64 MiB`. */
export function byteSize(bytes: number): string {
  let at = 0;
  let size = bytes;
  while (size >= 1_023.5 && at < BYTE_UNITS.length - 1) {
    size /= 1_024;
    at++;
  }
  return `${at === 0 || size >= 9.95 ? Math.round(size) : Number(size.toFixed(1))} ${BYTE_UNITS[at]}`;
}

/** Milliseconds as people say them: `8 ms`, `12 s`, `3 min`, `2 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
