// What did the cache do? Numbers of one tool, of its server and of all; what one counts, those above it count too, so that
// sums always agree. They also hold the generation: what was asked before an invalidation is known by its older stamp.
import type { CacheCounts, CacheReason, CacheRefusal } from "#contract/cache.ts";
import type { Disposition } from "#contract/call.ts";

/** What is counted one by one, and where. */
export const COUNTED = {
  hits: 0,
  stale: 1,
  coalesced: 2,
  upstream: 3,
  faults: 4,
  misses: 5,
  shadowed: 6,
  refreshes: 7,
  evictions: 8,
  expirations: 9,
  invalidations: 10,
} as const;
type Counted = (typeof COUNTED)[keyof typeof COUNTED];

/** Why a kept answer went. */
export type Dropped = Extract<Counted, 8 | 9 | 10>;

const NAMES = Object.keys(COUNTED) as readonly (keyof typeof COUNTED)[];

export class Counts {
  readonly #above: Counts | undefined;
  // Several of them move with every call: a place in an array is found at once, a member by its name is not.
  readonly #numbers = new Float64Array(NAMES.length);
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

  count(what: Counted): void {
    for (let at: Counts | undefined = this; at !== undefined; at = at.#above) at.#add(what);
  }

  refused(why: CacheRefusal): void {
    this.#refused[why] = (this.#refused[why] ?? 0) + 1;
    this.#above?.refused(why);
  }

  /** One entry more, of so many bytes. */
  kept(bytes: number): void {
    for (let at: Counts | undefined = this; at !== undefined; at = at.#above) {
      at.#entries++;
      at.#bytes += bytes;
    }
  }

  /** One entry fewer; without a reason another has taken its place. */
  dropped(bytes: number, why: Dropped | undefined): void {
    for (let at: Counts | undefined = this; at !== undefined; at = at.#above) {
      at.#entries--;
      at.#bytes -= bytes;
      if (why !== undefined) at.#add(why);
    }
  }

  /** Upstream time that an answer did not cost, in milliseconds. */
  saved(ms: number): void {
    this.#savedMs += ms;
    this.#above?.saved(ms);
  }

  /** One call has ended; `answered`: with a reply, whatever it says. */
  closed(call: ClosedCall, answered: boolean): void {
    const { disposition, cacheReason: reason } = call;
    if (disposition === "miss") this.#add(COUNTED.misses);
    else if (disposition === "shadow") this.#add(COUNTED.shadowed);
    else if (disposition === "bypass" && reason !== null) this.#bypassed[reason] = (this.#bypassed[reason] ?? 0) + 1;
    this.#add(answered ? ANSWERED_BY[disposition] : COUNTED.faults);
    this.#above?.closed(call, answered);
  }

  snapshot(): CacheCounts {
    const numbers = Object.fromEntries(NAMES.map((name) => [name, this.#numbers[COUNTED[name]]])) as Numbers;
    const { hits, stale, coalesced, upstream, faults, misses } = numbers;
    const served = hits + stale + coalesced;
    return {
      ...numbers,
      calls: served + upstream + faults,
      bypassed: { ...this.#bypassed },
      refused: { ...this.#refused },
      entries: this.#entries,
      bytes: this.#bytes,
      savedMs: Math.round(this.#savedMs),
      hitRate: served === 0 ? 0 : served / (served + misses),
    };
  }

  #add(what: Counted): void {
    this.#numbers[what] = (this.#numbers[what] as number) + 1;
  }
}

type Numbers = Record<keyof typeof COUNTED, number>;

export interface ClosedCall {
  readonly disposition: Disposition;
  readonly cacheReason: CacheReason | null;
}

const ANSWERED_BY: Readonly<Record<Disposition, Counted>> = {
  hit: COUNTED.hits,
  stale: COUNTED.stale,
  coalesced: COUNTED.coalesced,
  miss: COUNTED.upstream,
  bypass: COUNTED.upstream,
  shadow: COUNTED.upstream,
};
