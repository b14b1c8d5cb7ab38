// When is an upstream tried again, and when is it probed? Pure: attempt numbers and dice in, milliseconds out.
import type { HealthSettings } from "#contract/upstream.ts";

/** A link that lived this long was good: the next loss starts from the first wait again. */
export const STABLE_AFTER_MS = 30_000;
/** Probes come this fast from the first failed one until the verdict. */
export const DOUBT_INTERVAL_MS = 2_000;
const PROBE_JITTER = 0.2;

/** A server whose credentials are refused is asked no more often than this, in milliseconds: a person must act first. */
export const AUTH_RETRY_MS = 30_000;

/** Erlang/OTP's idea of a restart intensity: so many restarts of a command within so many milliseconds, not one more. */
export const RESTART_INTENSITY = { restarts: 5, withinMs: 30_000 } as const;

/**
 * Milliseconds before reconnect attempt number `attempt` (1 is the first). Exponential with a jitter of one half,
 * so that servers lost together do not return together. `random` in [0, 1).
 */
export const reconnectDelayMs = (
  attempt: number,
  { reconnectMs, maxReconnectMs }: Pick<HealthSettings, "reconnectMs" | "maxReconnectMs">,
  random: number,
): number => Math.min(maxReconnectMs, reconnectMs * 2 ** Math.min(attempt - 1, 20)) * (0.5 + random / 2);

/** When a command may be started again without exceeding the intensity. `restarts`: earlier ones, oldest first, monotonic milliseconds. */
export function restartAllowedAt(restarts: readonly number[]): number {
  const oldest = restarts.at(-RESTART_INTENSITY.restarts);
  return oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + RESTART_INTENSITY.withinMs;
}

/** Milliseconds until the next probe, +-20 %. Servers that nobody uses are asked half as often. */
export function probeDelayMs(facts: { intervalMs: number; inDoubt: boolean; idle: boolean }, random: number): number {
  const interval = facts.inDoubt
    ? Math.min(DOUBT_INTERVAL_MS, facts.intervalMs)
    : facts.intervalMs * (facts.idle ? 2 : 1);
  return interval * (1 - PROBE_JITTER + 2 * PROBE_JITTER * random);
}
