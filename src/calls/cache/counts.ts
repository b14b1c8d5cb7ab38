// What did the cache do? Numbers of one tool, of its server and of all; what one counts, those above it count too, so that
// sums always agree. They also hold the generation: what was asked before an invalidation is known by its older stamp.
import type { CacheCounts, CacheReason, CacheRefusal } from "#contract/cache.ts";
import type { Disposition } from "#contract/call.ts";

type Counted =
  | "hits"
  | "stale"
  | "coalesced"
  | "upstream"
  | "faults"
  | "misses"
  | "shadowed"
  | "refreshes"
  | "evictions"
  | "expirations"
  | "invalidations";

export class Counts {
  readonly #above: Counts | undefined;
  readonly #numbers: Record<Counted, number> = {
    hits: 0,
    stale: 0,
    coalesced: 0,
    upstream: 0,
    faults: 0,
    misses: 0,
    shadowed: 0,
    refreshes: 0,
    evictions: 0,
    expirations: 0,
    invalidations: 0,
  };
  readonly #bypassed: Partial<Record<CacheReason, number>> = {};
  readonly #refused: Partial<Record<CacheRefusal, number>> = {};
  #entries = 0;
  #bytes = 0;
  #savedMs = 0;

  constructor(above?: Counts) {
    this.#above = above;
  }

  get entries(): number {
    return this.#entries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  count(what: Counted, times = 1): void {
    this.#numbers[what] += times;
    this.#above?.count(what, times);
  }

  refused(why: CacheRefusal): void {
    this.#refused[why] = (this.#refused[why] ?? 0) + 1;
    this.#above?.refused(why);
  }

  /** So many entries and bytes more, or fewer. */
  holds(entries: number, bytes: number): void {
    this.#entries += entries;
    this.#bytes += bytes;
    this.#above?.holds(entries, bytes);
  }

  /** Upstream time that an answer did not cost, in milliseconds. */
  saved(ms: number): void {
    this.#savedMs += ms;
    this.#above?.saved(ms);
  }

  /** One call has ended; `answered`: with a reply, whatever it says. */
  closed(call: ClosedCall, answered: boolean): void {
    const { disposition, cacheReason: reason } = call;
    if (disposition === "miss") this.#numbers.misses++;
    else if (disposition === "shadow") this.#numbers.shadowed++;
    else if (disposition === "bypass" && reason !== null) this.#bypassed[reason] = (this.#bypassed[reason] ?? 0) + 1;
    if (!answered) this.#numbers.faults++;
    else this.#numbers[ANSWERED_BY[disposition]]++;
    this.#above?.closed(call, answered);
  }

  snapshot(): CacheCounts {
    const { hits, stale, coalesced, upstream, faults, misses } = this.#numbers;
    const served = hits + stale + coalesced;
    return {
      ...this.#numbers,
      calls: served + upstream + faults,
      bypassed: { ...this.#bypassed },
      refused: { ...this.#refused },
      entries: this.#entries,
      bytes: this.#bytes,
      savedMs: Math.round(this.#savedMs),
      hitRate: served === 0 ? 0 : served / (served + misses),
    };
  }
}

export interface ClosedCall {
  readonly disposition: Disposition;
  readonly cacheReason: CacheReason | null;
}

const ANSWERED_BY: Readonly<Record<Disposition, "hits" | "stale" | "coalesced" | "upstream">> = {
  hit: "hits",
  stale: "stale",
  coalesced: "coalesced",
  miss: "upstream",
  bypass: "upstream",
  shadow: "upstream",
};
