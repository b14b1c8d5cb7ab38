// Which phase is one upstream's link in, since when, and what comes next? Holds the phase and its timer; decides nothing.
import type { HealthSettings } from "#contract/upstream.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { Connection } from "#upstream/connection.ts";

/** `startedAt`, `since`, `dueAt` and `failedAt` are monotonic milliseconds, `nextAttemptAt` is wall time. */
export type Phase =
  | { readonly kind: "idle" }
  | {
      readonly kind: "connecting";
      readonly attempt: number;
      readonly startedAt: number;
      readonly settled: Promise<void>;
    }
  | { readonly kind: "connected"; readonly connection: Connection; readonly since: number }
  | {
      readonly kind: "waiting";
      readonly attempt: number;
      readonly dueAt: number;
      readonly nextAttemptAt: number;
      readonly failedAt: number;
      readonly cancel: Cancel;
    }
  | { readonly kind: "stopped" };

export type Waiting = Phase & { kind: "waiting" };

/** Slack before a loop that should have moved counts as dead, in milliseconds. */
const LATE_MS = 5_000;
/** A connect may try two forms, and waits for its place among others that start. */
const CONNECT_ROUNDS = 3;
const PLACE_MS = 60_000;

export class Phases {
  readonly #world: World;
  now: Phase = { kind: "idle" };

  constructor(world: World) {
    this.#world = world;
  }

  get connection(): Connection | undefined {
    return this.now.kind === "connected" ? this.now.connection : undefined;
  }

  /** `run` ends when the attempt has ended and the phase is another one. */
  connecting(attempt: number, run: () => Promise<void>): void {
    this.#leave();
    this.now = { kind: "connecting", attempt, startedAt: this.#world.now(), settled: run() };
  }

  connected(connection: Connection): void {
    this.now = { kind: "connected", connection, since: this.#world.now() };
  }

  /** Calls `then` after `delayMs`, unless another phase comes first. */
  waiting({ attempt, failedAt }: Pick<Waiting, "attempt" | "failedAt">, delayMs: number, then: () => void): void {
    this.#leave();
    const cancel = this.#world.after(delayMs, then);
    const [dueAt, nextAttemptAt] = [this.#world.now() + delayMs, Math.round(this.#world.wall() + delayMs)];
    this.now = { kind: "waiting", attempt, dueAt, nextAttemptAt, failedAt, cancel };
  }

  /** Answers the phase that ended. */
  stopped(): Phase {
    const last = this.now;
    this.#leave();
    this.now = { kind: "stopped" };
    return last;
  }

  /** How long the loop has been dead, in milliseconds; 0 when it lives. `probeDueAt` is monotonic milliseconds. */
  deadForMs({ startTimeoutMs, timeoutMs }: HealthSettings, probeDueAt: number): number {
    const now = this.#world.now();
    switch (this.now.kind) {
      case "idle":
      case "stopped":
        return 0;
      case "waiting":
        return Math.max(0, now - this.now.dueAt - LATE_MS);
      case "connecting":
        return Math.max(0, now - this.now.startedAt - CONNECT_ROUNDS * startTimeoutMs - PLACE_MS);
      case "connected":
        return Math.max(0, now - probeDueAt - timeoutMs - LATE_MS);
    }
  }

  #leave(): void {
    if (this.now.kind === "waiting") this.now.cancel();
  }
}
