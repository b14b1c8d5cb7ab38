// How was the gateway over the last hour? Its own figures, ten seconds each, in memory of a fixed size. They begin anew with
// every start.
import type { SystemMetrics } from "#contract/event.ts";
import type { Figure } from "#contract/timeline.ts";
import { createRing } from "#lib/ring.ts";
import type { Cancel, World } from "#lib/world.ts";

export interface FiguresDeps {
  readonly world: World;
  /** Totals since start, and what is measured now. */
  readonly read: () => SystemMetrics;
}

export const FIGURE_MS = 10_000;
const KEPT = 360;

/** What counts up, and is told as its growth. */
interface Totals {
  readonly calls: number;
  readonly faults: number;
  readonly hits: number;
  readonly savedMs: number;
}

export class Figures {
  readonly #deps: FiguresDeps;
  readonly #ring = createRing<Figure>(KEPT);
  #totals: Totals;
  #cancel: Cancel;

  constructor(deps: FiguresDeps) {
    this.#deps = deps;
    this.#totals = totalsOf(deps.read());
    this.#cancel = deps.world.after(FIGURE_MS, this.#take);
  }

  /** Oldest first. */
  list(): Figure[] {
    return this.#ring.toArray();
  }

  close(): void {
    this.#cancel();
  }

  readonly #take = (): void => {
    const { world, read } = this.#deps;
    this.#cancel = world.after(FIGURE_MS, this.#take);
    const now = read();
    const totals = totalsOf(now);
    // Totals of the cache shrink when a server goes.
    const grown = (key: keyof Totals): number => Math.max(0, totals[key] - this.#totals[key]);
    this.#ring.push({
      at: Math.round(world.wall()),
      calls: grown("calls"),
      faults: grown("faults"),
      hits: grown("hits"),
      savedMs: grown("savedMs"),
      p95Ms: now.latency?.p95 ?? null,
      sessions: now.sessions,
      sockets: now.sockets,
      rssBytes: now.rssBytes,
      loopLagMs: Math.round(world.stalledMs(world.now() - FIGURE_MS)),
    });
    this.#totals = totals;
  };
}

const totalsOf = ({ calls, faults, cache }: SystemMetrics): Totals => ({
  calls,
  faults,
  hits: cache === undefined ? 0 : cache.hits + cache.stale + cache.coalesced,
  savedMs: cache?.savedMs ?? 0,
});
