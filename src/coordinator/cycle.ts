// Do all loops live? The coordinator's own pass: a sign of life, a line now and then that sums up what was done, and a look at
// every supervisor, a dead one of which is begun anew.
import { Digest } from "#lib/digest.ts";
import type { Log } from "#lib/log.ts";
import type { Cancel, World } from "#lib/world.ts";

const BEAT_MS = 30_000;
const WATCH_MS = 2_500;
/** Shorter ones are within the slack that every loop has. */
const LONG_STALL_MS = 1_000;

export interface CycleDeps {
  readonly world: World;
  readonly log: Log;
  /** Loops with the milliseconds for which they should have moved and did not. */
  readonly loops: () => Iterable<{ readonly name: string; readonly deadForMs: number }>;
  readonly revive: (name: string) => void;
  readonly beat: () => void;
  /** Servers by status. */
  readonly servers: () => Readonly<Record<string, number>>;
  /** What was done, counted from the start on. */
  readonly done: () => Done;
}

export interface Done {
  readonly probes: number;
  readonly reconnects: number;
}

export class Cycle {
  readonly #deps: CycleDeps;
  readonly #digest: Digest;
  #told: Done = { probes: 0, reconnects: 0 };
  #cancelBeat: Cancel = () => {};
  #cancelWatch: Cancel = () => {};
  #lookedAt = 0;

  constructor(deps: CycleDeps) {
    this.#deps = deps;
    this.#digest = new Digest(deps.world.now());
  }

  start(): void {
    this.#lookedAt = this.#deps.world.now();
    this.#scheduleBeat();
    this.#scheduleWatch();
  }

  close(): void {
    this.#cancelBeat();
    this.#cancelWatch();
  }

  #scheduleBeat(): void {
    this.#cancelBeat = this.#deps.world.after(BEAT_MS, () => {
      this.#scheduleBeat();
      this.#deps.beat();
      this.#sumUp();
    });
  }

  #sumUp(): void {
    const { world, log, servers, done } = this.#deps;
    const now = done();
    const probes = now.probes - this.#told.probes;
    const reconnects = now.reconnects - this.#told.reconnects;
    if (!this.#digest.isDue(world.now(), probes + reconnects > 0)) return;
    this.#told = now;
    const counts = Object.entries(servers()).map(([status, count]) => `${count} ${status}`);
    const words = counts.length === 0 ? "no servers" : counts.join(", ");
    log.info(
      { servers: servers(), probes, reconnects },
      `MCP Coordinator: ${words}; ${probes} probes, ${reconnects} reconnects`,
    );
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
