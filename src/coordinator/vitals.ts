// What is known about one upstream's well-being? Health by observations, the last failure, and the time it was away.
import type { LastFailure } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import { type HealthState, type Observation, observe, UNKNOWN } from "#policy/health.ts";

export class Vitals {
  readonly #world: World;
  #health: HealthState = UNKNOWN;
  #downSince: number | null = null;
  #downtimeMs = 0;
  lastFailure: LastFailure | null = null;
  /** The upstream refuses our credentials: a state of its own, not an outage. */
  authRequired = false;

  constructor(world: World) {
    this.#world = world;
  }

  get health(): HealthState {
    return this.#health;
  }

  /** Whether the word for its health changed. */
  see(seen: Observation): boolean {
    const { health } = this.#health;
    this.#health = observe(this.#health, seen);
    const usable = this.#health.health === "healthy" || this.#health.health === "degraded";
    if (!usable) this.#downSince ??= this.#world.now();
    else if (this.#downSince !== null) {
      this.#downtimeMs += this.#world.now() - this.#downSince;
      this.#downSince = null;
    }
    return this.#health.health !== health;
  }

  fail(stage: LastFailure["stage"], message: string): void {
    this.lastFailure = { stage, message, at: this.#world.wall() };
  }

  /** Milliseconds away since this started, the present outage included. */
  get downtimeMs(): number {
    return this.#downtimeMs + (this.#downSince === null ? 0 : this.#world.now() - this.#downSince);
  }
}
