// What belongs to one server, and to one of its tools? Their numbers, what is kept of them, and the generations by which an
// answer that was asked for before an invalidation is told from one asked for after it.
import { Roster } from "#lib/roster.ts";
import { Counts } from "./counts.ts";
import type { Entry } from "./entry.ts";

/** Asked for at this stamp and kept only while it is unchanged. Counts up, never repeats. */
export type Stamp = number;

export class Shelf {
  readonly server: string;
  readonly counts: Counts;
  readonly rows = new Map<string, Row>();
  generation = 0;
  /** Calls that may have changed something: how often one began or ended. */
  writes = 0;
  /** Until then, monotonic milliseconds, a call whose end nobody knows may still take effect: nothing is kept. */
  unsettledUntil = Number.NEGATIVE_INFINITY;
  /** The server was removed; calls that still run may hold it. */
  gone = false;

  constructor(server: string, total: Counts) {
    this.server = server;
    this.counts = new Counts(total);
  }

  row(tool: string): Row {
    const known = this.rows.get(tool);
    if (known !== undefined) return known;
    const row = new Row(this, tool);
    this.rows.set(tool, row);
    return row;
  }
}

export class Row {
  readonly shelf: Shelf;
  readonly tool: string;
  readonly counts: Counts;
  readonly entries = new Roster<Entry>();
  generation = 0;
  /** Of the shelf's writes, those of this tool. */
  ownWrites = 0;

  constructor(shelf: Shelf, tool: string) {
    this.shelf = shelf;
    this.tool = tool;
    this.counts = new Counts(shelf.counts);
  }

  get stamp(): Stamp {
    return this.generation + this.shelf.generation + this.shelf.writes;
  }

  /** The same, for what would be kept if nothing but other tools' writes emptied it. */
  get watchStamp(): Stamp {
    return this.stamp - this.ownWrites;
  }
}
