// The Tool Cache as the rest of the gateway knows it: two layers of the onion, a hand that empties it, a sweep that frees what
// nobody asks for any more, and what people get to see.

import type { Layer } from "#calls/call.ts";
import { CACHE_LIMITS, type CacheCounts, type CacheLimits, type InvalidationReason } from "#contract/cache.ts";
import type { Log } from "#lib/log.ts";
import type { Cancel, World } from "#lib/world.ts";
import { Coalescer } from "./coalesce.ts";
import { Keeper } from "./keeper.ts";
import { Kept, type Selection } from "./kept.ts";
import { CacheLayer, type CachingLayer } from "./layer.ts";
import type { Evidence } from "./shadow.ts";
import { Shadow } from "./shadow.ts";
import type { Shelf } from "./shelf.ts";

/** Between two sweeps, which are also the heartbeat, in milliseconds. */
const SWEEP_EVERY_MS = 10_000;
/** Between two steps of one sweep. */
const STEP_EVERY_MS = 1;
/** Between two summaries in the log; none while nothing is called. */
const SUMMARY_EVERY_MS = 60_000;

/** What was dropped and why. */
export interface Invalidation extends Selection {
  readonly reason: InvalidationReason;
  /** At least 1. */
  readonly removed: number;
}

export interface ToolCacheDeps {
  readonly world: World;
  readonly log: Log;
  readonly limits?: Partial<CacheLimits>;
  readonly onInvalidated: (invalidation: Invalidation) => void;
  /** Whether the process is short of memory: half of what may be kept must do then. */
  readonly isTight: () => boolean;
}

export class ToolCache {
  readonly cache: CachingLayer;
  readonly coalesce: Layer;
  /** Monotonic milliseconds of the last sweep. */
  heartbeatAt: number;
  readonly #deps: ToolCacheDeps;
  readonly #kept: Kept;
  readonly #shadow: Shadow;
  #told: CacheCounts;
  #summaryAt: number;
  #cancel: Cancel = () => {};

  constructor(deps: ToolCacheDeps) {
    const { world, log } = deps;
    this.#deps = deps;
    this.#kept = new Kept({ ...CACHE_LIMITS, ...deps.limits });
    this.#shadow = new Shadow(this.#kept.limits.maxEntries);
    const coalescer = new Coalescer(world);
    const onWritten = (server: string, removed: number) => deps.onInvalidated({ server, reason: "write", removed });
    const keeper = new Keeper({ world, log, kept: this.#kept, coalescer });
    this.cache = new CacheLayer({ world, kept: this.#kept, shadow: this.#shadow, keeper, onWritten }).layer;
    this.coalesce = coalescer.layer;
    this.heartbeatAt = world.now();
    this.#summaryAt = world.now();
    this.#told = this.counts();
    this.#schedule();
  }

  get limits(): CacheLimits {
    return this.#kept.limits;
  }

  /** Other bounds from now on, by default the usual ones; what is too much by them goes. */
  bound(limits: Partial<CacheLimits>): void {
    this.#kept.bound({ ...CACHE_LIMITS, ...limits });
    this.#shadow.bound(this.#kept.limits.maxEntries);
  }

  /** Calls that it has seen the end of. */
  get work(): number {
    return this.counts().calls;
  }

  counts(): CacheCounts {
    return this.#kept.counts.snapshot();
  }

  /** Undefined for a server that was not called yet. */
  countsOf(server: string): CacheCounts | undefined {
    return this.shelves()
      .find((shelf) => shelf.server === server)
      ?.counts.snapshot();
  }

  shelves(): readonly Shelf[] {
    return this.#kept.shelves();
  }

  evidence(row: Parameters<Shadow["evidence"]>[0]): Evidence | undefined {
    return this.#shadow.evidence(row);
  }

  /** Drops what is selected, also what is on its way; answers how many answers were kept. */
  invalidate(selection: Selection, reason: InvalidationReason): number {
    const removed = this.#kept.invalidate(selection);
    if (removed > 0) this.#deps.onInvalidated({ ...selection, reason, removed });
    return removed;
  }

  /** Lets go of a server that was removed. */
  forget(server: string): void {
    const shelf = this.shelves().find((known) => known.server === server);
    if (shelf === undefined) return;
    const removed = this.#kept.forget(server);
    this.#shadow.forget(shelf);
    if (removed > 0) this.#deps.onInvalidated({ server, reason: "server_removed", removed });
  }

  /** Lets go of what is kept for a principal who may ask no longer; answers how many answers that were. */
  forgetPrincipal(principal: string): number {
    return this.#kept.forgetPrincipal(principal);
  }

  close(): void {
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#deps.world.after(SWEEP_EVERY_MS, () => this.#sweep(this.#kept.sweep(this.#deps.world.now)));
  }

  #sweep(steps: Generator<void>): void {
    const { world, isTight } = this.#deps;
    if (steps.next().done !== true) {
      this.#cancel = world.after(STEP_EVERY_MS, () => this.#sweep(steps));
      return;
    }
    if (isTight()) this.#kept.shrink();
    this.heartbeatAt = world.now();
    if (this.heartbeatAt - this.#summaryAt >= SUMMARY_EVERY_MS) this.#summarize();
    this.#schedule();
  }

  #summarize(): void {
    const now = this.counts();
    const before = this.#told;
    this.#summaryAt = this.heartbeatAt;
    this.#told = now;
    if (now.calls === before.calls) return;
    const since = (key: "calls" | "hits" | "stale" | "coalesced" | "misses" | "evictions" | "invalidations"): number =>
      now[key] - before[key];
    const served = since("hits") + since("stale") + since("coalesced");
    const { entries, bytes } = now;
    this.#deps.log.info(
      {
        calls: since("calls"),
        hits: since("hits"),
        stale: since("stale"),
        coalesced: since("coalesced"),
        misses: since("misses"),
        evictions: since("evictions"),
        invalidations: since("invalidations"),
        entries,
        bytes,
        savedMs: now.savedMs - before.savedMs,
      },
      `Tool Cache: ${served} of ${since("calls")} calls were answered without their server`,
    );
  }
}
