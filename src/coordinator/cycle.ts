// Do all loops live? The coordinator's own pass: a summary line for people, and a look at every supervisor, a dead one of which
// is begun anew.
import type { Log } from "#lib/log.ts";
import type { Cancel, World } from "#lib/world.ts";

const SUMMARY_MS = 30_000;
const WATCH_MS = 2_500;
/** Shorter ones are within the slack that every loop has. */
const LONG_STALL_MS = 1_000;

export interface CycleDeps {
  readonly world: World;
  readonly log: Log;
  /** Loops with the milliseconds for which they should have moved and did not. */
  readonly loops: () => Iterable<{ readonly name: string; readonly deadForMs: number }>;
  readonly revive: (name: string) => void;
  readonly summary: () => object;
}

export class Cycle {
  readonly #deps: CycleDeps;
  #cancelSummary: Cancel = () => {};
  #cancelWatch: Cancel = () => {};
  #lookedAt = 0;

  constructor(deps: CycleDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#lookedAt = this.#deps.world.now();
    this.#scheduleSummary();
    this.#scheduleWatch();
  }

  close(): void {
    this.#cancelSummary();
    this.#cancelWatch();
  }

  #scheduleSummary(): void {
    this.#cancelSummary = this.#deps.world.after(SUMMARY_MS, () => {
      this.#scheduleSummary();
      this.#deps.log.info(this.#deps.summary(), "coordinator cycle");
    });
  }

  #scheduleWatch(): void {
    this.#cancelWatch = this.#deps.world.after(WATCH_MS, () => {
      this.#scheduleWatch();
      this.#look();
    });
  }

  // After a stall of our own every loop is late; it gets until the next look.
  #look(): void {
    const { world, loops, revive } = this.#deps;
    const stalled = world.stalledMs(this.#lookedAt) > LONG_STALL_MS;
    this.#lookedAt = world.now();
    if (stalled) return;
    for (const { name, deadForMs } of loops()) if (deadForMs > 0) revive(name);
  }
}
