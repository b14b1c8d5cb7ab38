// What happened before this page was opened, as lines like those of the live stream, and how do both make one list? Pure.
import type { Frame } from "../../../src/contract/event.ts";
import type { EventRow } from "../../../src/contract/history.ts";
import { type EventLine, lineOf } from "./lines.ts";

/** The row of the journal as the frame that it was. One that an older gateway wrote differently is left out. */
function lineOfRow({ type, at, seq, epoch, data }: EventRow): EventLine | null {
  try {
    const line = lineOf({ type, ts: at, seq, epoch, data } as Frame);
    return line && { id: 0, ...line };
  } catch {
    return null;
  }
}

export const linesOf = (rows: readonly EventRow[]): EventLine[] => rows.flatMap((row) => lineOfRow(row) ?? []);

/** Tells lines apart, whichever way they came. */
export const keyOf = ({ seq, at, id }: EventLine): string => (seq === null ? `#${id}` : `${seq}@${at}`);

/** Both in one list without doubles, newest first. */
export function merged(live: readonly EventLine[], past: readonly EventLine[]): EventLine[] {
  const all = new Map([...past, ...live].map((line) => [keyOf(line), line]));
  return [...all.values()].sort((a, b) => b.at - a.at || (b.seq ?? 0) - (a.seq ?? 0));
}
