// How long does a lost upstream wait for its next attempt? Backoff for all, a restart intensity for commands, patience where
// the credentials are refused.
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import { AUTH_RETRY_MS, RESTART_INTENSITY, reconnectDelayMs, restartAllowedAt } from "#policy/supervision.ts";

/** Calls that find no link do not make attempts closer together than this, in milliseconds. */
const MIN_ATTEMPT_GAP_MS = { stdio: 1_000, http: 250, sse: 250 } as const;
/** Our own shortage passes by itself. */
const OURS_RETRY_MS = 1_000;

export type WaitCause = "failed" | "auth" | "ours";

export class Pace {
  readonly #world: World;
  readonly #definition: () => UpstreamDefinition;
  #started = false;
  #restarts: number[] = [];

  constructor(world: World, definition: () => UpstreamDefinition) {
    this.#world = world;
    this.#definition = definition;
  }

  /** A try begins; only those of commands count, because only they start a process, and the first is no restart. */
  noteStart(): void {
    if (this.#definition().transport.kind !== "stdio") return;
    if (this.#started) this.#restarts = [...this.#restarts, this.#world.now()].slice(-RESTART_INTENSITY.restarts);
    this.#started = true;
  }

  /** A person asked: what was before does not count. */
  forget(): void {
    this.#restarts = [];
  }

  /** Milliseconds until the restart intensity allows another attempt; 0 when it does. */
  get heldMs(): number {
    return Math.max(0, restartAllowedAt(this.#restarts) - this.#world.now());
  }

  /** Milliseconds until attempt number `attempt`. */
  delayMs(attempt: number, cause: WaitCause): number {
    if (cause === "ours") return OURS_RETRY_MS;
    const backoffMs = reconnectDelayMs(attempt, this.#definition().health, this.#world.random());
    return Math.round(Math.max(backoffMs, cause === "auth" ? AUTH_RETRY_MS : 0));
  }

  /** Milliseconds that a call must wait before its own attempt may begin. */
  gapMs(failedAt: number): number {
    return Math.max(0, failedAt + MIN_ATTEMPT_GAP_MS[this.#definition().transport.kind] - this.#world.now());
  }
}
