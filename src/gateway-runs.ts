// When did a gateway run? This run is written down when the database is there, renewed while it lasts, and ended at a clean
// stop; what a timeline may say of the past follows from all of them.
import { isFault } from "#contract/fault.ts";
import type { Log } from "#lib/log.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { WatchedTime } from "#policy/timeline.ts";
import type { Store } from "#store/store.ts";
import type { RunRow } from "#store/tables/runs.ts";

export interface RunsDeps {
  readonly store: Pick<Store, "runs">;
  readonly world: World;
  readonly log: Log;
  /** Resolves when the store has been ready once. */
  readonly ready: Promise<void>;
}

/** After a crash the run ends at most so long before it, in milliseconds, or at the last that was told. */
export const RENEW_MS = 15_000;

export class Runs {
  readonly #deps: RunsDeps;
  /** Wall time, milliseconds since 1970. */
  readonly startedAt: number;
  #id: number | undefined;
  #closed = false;
  #cancel: Cancel = () => {};

  constructor(deps: RunsDeps) {
    this.#deps = deps;
    this.startedAt = deps.world.wall();
    void deps.ready.then(() => this.#renew());
  }

  /** Says that the run is over. Rejects when that could not be stored. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    const { store, world } = this.#deps;
    if (this.#id !== undefined) await store.runs.stop(this.#id, world.wall());
  }

  async #renew(): Promise<void> {
    const { store, world, log } = this.#deps;
    if (this.#closed) return;
    try {
      if (this.#id === undefined) this.#id = await store.runs.begin(this.startedAt);
      await store.runs.seen(this.#id, world.wall());
    } catch (err) {
      const level = isFault(err, "STORE_UNAVAILABLE") ? "debug" : "warn";
      log[level]({ err }, "That the gateway runs could not be stored; it is tried again soon");
    }
    if (!this.#closed) this.#cancel = world.after(RENEW_MS, () => void this.#renew());
  }
}

/**
 * The times of all runs, oldest first. One that did not stop cleanly lasted until it was last seen or the last was told (`toldAt`,
 * oldest first) before the next began.
 */
export const watchedTimes = (runs: readonly RunRow[], toldAt: readonly number[]): WatchedTime[] =>
  runs.map(({ startedAt, seenAt, stoppedAt }, index) => {
    const next = runs[index + 1]?.startedAt ?? Number.POSITIVE_INFINITY;
    const told = stoppedAt === null ? toldAt.findLast((at) => at < next) : undefined;
    return { from: startedAt, to: Math.max(stoppedAt ?? seenAt, told ?? 0) };
  });
