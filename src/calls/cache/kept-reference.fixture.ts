// What should be kept? The same rules as kept.ts in the plainest words, for comparison: one list in the order of use, looked
// through from end to end, and a mark on every question that an invalidation has met.
import { OVERHEAD_BYTES } from "./entry.ts";

export interface Held {
  readonly key: string;
  readonly server: string;
  readonly tool: string;
  readonly bytes: number;
  /** Unique to the answer. */
  readonly mark: number;
  readonly askedAt: number;
  readonly until: number;
}

export interface Flight {
  readonly server: string;
  readonly tool: string;
  readonly askedAt: number;
  spoiled: boolean;
}

/** What an answer of at most 8 KiB takes. */
const room = (bytes: number): number => (bytes <= 512 ? bytes : Math.ceil(bytes / 512) * 512);

export class Reference {
  list: Held[] = [];
  flights: Flight[] = [];
  evictions = 0;
  expirations = 0;
  invalidations = 0;
  readonly unsettledUntil = new Map<string, number>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.list.reduce((sum, { bytes }) => sum + room(bytes) + OVERHEAD_BYTES, 0);
  }

  get(key: string, now: number): Held | undefined {
    const held = this.list.find((it) => it.key === key);
    if (held === undefined) return undefined;
    this.list = this.list.filter((it) => it !== held);
    if (now < held.until) this.list.push(held);
    else this.expirations++;
    return now < held.until ? held : undefined;
  }

  land(flight: Flight, held: Held): boolean {
    this.flights = this.flights.filter((it) => it !== flight);
    if (flight.spoiled || flight.askedAt < (this.unsettledUntil.get(held.server) ?? 0)) return false;
    if (this.list.some(({ key, askedAt }) => key === held.key && askedAt > held.askedAt)) return false;
    this.list = [...this.list.filter(({ key }) => key !== held.key), held];
    this.#evict(this.#maxEntries, this.#maxBytes);
    return true;
  }

  drop(server?: string, tool?: string): number {
    const isMeant = (it: { server: string; tool: string }): boolean =>
      (server ?? it.server) === it.server && (tool ?? it.tool) === it.tool;
    for (const flight of this.flights) if (isMeant(flight)) flight.spoiled = true;
    const removed = this.list.filter(isMeant).length;
    this.list = this.list.filter((it) => !isMeant(it));
    this.invalidations += removed;
    return removed;
  }

  sweep(now: number): void {
    const { length } = this.list;
    this.list = this.list.filter(({ until }) => now < until);
    this.expirations += length - this.list.length;
  }

  shrink(): void {
    this.#evict(this.#maxEntries / 2, this.#maxBytes / 2);
  }

  #evict(maxEntries: number, maxBytes: number): void {
    while (this.list.length > maxEntries || this.bytes > maxBytes) {
      this.list.shift();
      this.evictions++;
    }
  }
}
