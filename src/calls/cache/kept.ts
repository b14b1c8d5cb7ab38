// Which answers are kept? The least recently used go first when there are too many or they are too large, those whose time is
// over go when they are met or swept, and what an invalidation has overtaken never comes in.
import type { CacheLimits } from "#contract/cache.ts";
import { COUNTED, Counts, type Dropped } from "./counts.ts";
import { Entry, type EntryFields, OVERHEAD_BYTES } from "./entry.ts";
import { Holder, largestWithin } from "./held.ts";
import { Lru } from "./lru.ts";
import { type Row, Shelf, type Stamp } from "./shelf.ts";

/** Entries looked at in one go of a sweep: a fraction of a millisecond. */
const SWEEP_STEP = 2_000;

export interface Selection {
  /** Undefined for all servers. */
  readonly server?: string | undefined;
  /** The server's own name of a tool; undefined for all of them. */
  readonly tool?: string | undefined;
}

const largestAnswer = ({ maxEntryBytes, maxBytes }: CacheLimits): number =>
  Math.min(maxEntryBytes, largestWithin(maxBytes - OVERHEAD_BYTES));

export class Kept {
  readonly counts = new Counts();
  #limits: CacheLimits;
  #maxAnswerBytes: number;
  readonly #lru = new Lru<Entry>();
  readonly #holder = new Holder();
  readonly #shelves = new Map<string, Shelf>();

  constructor(limits: CacheLimits) {
    this.#limits = limits;
    this.#maxAnswerBytes = largestAnswer(limits);
  }

  get limits(): CacheLimits {
    return this.#limits;
  }

  /** The largest answer that is kept: none may need more room than there is. */
  get maxAnswerBytes(): number {
    return this.#maxAnswerBytes;
  }

  /** Other bounds from now on; what is too much by them is evicted. */
  bound(limits: CacheLimits): void {
    this.#limits = limits;
    this.#maxAnswerBytes = largestAnswer(limits);
    this.#evict(limits.maxEntries, limits.maxBytes);
  }

  get size(): number {
    return this.#lru.size;
  }

  get bytes(): number {
    return this.counts.bytes;
  }

  shelves(): readonly Shelf[] {
    return [...this.#shelves.values()];
  }

  shelf(server: string): Shelf {
    const known = this.#shelves.get(server);
    if (known !== undefined) return known;
    const shelf = new Shelf(server, this.counts);
    this.#shelves.set(server, shelf);
    return shelf;
  }

  /** What is kept under the key and may still be served as something; that counts as a use. `now`: monotonic milliseconds. */
  get(key: string, now: number): Entry | undefined {
    const entry = this.#lru.get(key);
    if (entry === undefined) return undefined;
    if (now >= entry.keptUntil) {
      this.#drop(entry, COUNTED.expirations);
      return undefined;
    }
    this.#lru.use(entry);
    return entry;
  }

  /**
   * Keeps an answer that was asked for at `stamp`; false when an invalidation came in between, the server is gone, or the answer
   * to a later question is kept already.
   */
  put(key: string, fields: EntryFields, stamp: Stamp): boolean {
    const { row } = fields;
    const { shelf } = row;
    const askedAt = fields.storedAt - fields.costMs;
    if (shelf.gone || row.stamp !== stamp || askedAt < shelf.unsettledUntil) return false;
    const before = this.#lru.get(key);
    if (before !== undefined && before.askedAt > askedAt) return false;
    if (before !== undefined) this.#drop(before, undefined);
    const entry = new Entry(key, fields, this.#holder.hold(fields.reply));
    this.#lru.add(entry);
    row.entries.add(entry);
    row.counts.kept(entry.bytes);
    this.#evict(this.limits.maxEntries, this.limits.maxBytes);
    return true;
  }

  /** Drops what is kept under the key: a newer answer to the same question is kept under another one. */
  replace(key: string): void {
    const entry = this.#lru.get(key);
    if (entry !== undefined) this.#drop(entry, undefined);
  }

  /** Drops what is selected, also answers that are still on their way; answers how many were kept. */
  invalidate({ server, tool }: Selection): number {
    const shelves = server === undefined ? this.shelves() : [this.#shelves.get(server)];
    let removed = 0;
    for (const shelf of shelves) {
      if (shelf === undefined) continue;
      if (tool === undefined) removed += this.#empty(shelf);
      else removed += this.#emptyRow(shelf.rows.get(tool));
    }
    return removed;
  }

  /** A call that may write begins or ends: what is kept of its server goes, and what is on its way stays out. */
  overtake(row: Row): number {
    const { shelf } = row;
    shelf.writes++;
    row.ownWrites++;
    const now = this.#shelves.get(shelf.server);
    // The server was removed and added again while the call ran: what it changed may be kept anew.
    if (now !== undefined && now !== shelf) now.writes++;
    return now === undefined ? 0 : this.#clear(now);
  }

  /** Like `invalidate`, for a server that is there no longer. Its numbers stay in the sums. */
  forget(server: string): number {
    const shelf = this.#shelves.get(server);
    if (shelf === undefined) return 0;
    this.#shelves.delete(server);
    shelf.gone = true;
    return this.#empty(shelf);
  }

  /** Drops what is kept for this principal alone, and lets nothing in that is on its way; answers how many were kept. */
  forgetPrincipal(principal: string): number {
    for (const shelf of this.#shelves.values()) shelf.generation++;
    let removed = 0;
    for (const entry of this.#lru.values()) {
      if (entry.owner !== principal) continue;
      this.#drop(entry, COUNTED.invalidations);
      removed++;
    }
    return removed;
  }

  /** Makes room: half of what may be kept. */
  shrink(): void {
    this.#evict(this.limits.maxEntries / 2, this.limits.maxBytes / 2);
  }

  /** Drops what is over at `now()`, a step at a time; resumes with each call of `next` and is done when that says so. */
  *sweep(now: () => number): Generator<void> {
    let looked = 0;
    for (const entry of this.#lru.values()) {
      if (now() >= entry.keptUntil) {
        this.#drop(entry, COUNTED.expirations);
      }
      if (++looked % SWEEP_STEP === 0) yield;
    }
  }

  #empty(shelf: Shelf): number {
    shelf.generation++;
    return this.#clear(shelf);
  }

  #clear(shelf: Shelf): number {
    if (shelf.counts.entries === 0) return 0;
    let removed = 0;
    for (const row of shelf.rows.values()) removed += this.#dropAll(row);
    return removed;
  }

  #emptyRow(row: Row | undefined): number {
    if (row === undefined) return 0;
    row.generation++;
    return this.#dropAll(row);
  }

  #dropAll(row: Row): number {
    const removed = row.entries.size;
    if (removed === 0) return 0;
    for (const entry of row.entries.all()) this.#drop(entry, COUNTED.invalidations);
    return removed;
  }

  #evict(maxEntries: number, maxBytes: number): void {
    while (this.#lru.size > maxEntries || this.bytes > maxBytes) {
      const { oldest } = this.#lru;
      if (oldest === undefined) return;
      this.#drop(oldest, COUNTED.evictions);
    }
  }

  #drop(entry: Entry, why: Dropped | undefined): void {
    const { row, bytes, paged } = entry;
    this.#lru.delete(entry);
    row.entries.delete(entry);
    row.counts.dropped(bytes, why);
    paged?.free();
  }
}
