// When is an upstream tried again, and when is it probed? Pure: attempt numbers and dice in, milliseconds out.

/** First wait of a reconnect; it doubles with every failure. */
const BASE_DELAY_MS = 200;
const MAX_DELAY_MS = 60_000;
/** A link that lived this long was good: the next loss starts from the first wait again. */
export const STABLE_AFTER_MS = 30_000;
/** Probes come this fast from the first failed one until the verdict. */
export const DOUBT_INTERVAL_MS = 2_000;
const PROBE_JITTER = 0.2;

/**
 * Milliseconds before reconnect attempt number `attempt` (1 is the first). Exponential with a jitter of one half,
 * so that servers lost together do not return together. `random` in [0, 1).
 */
export const reconnectDelayMs = (attempt: number, random: number): number =>
  Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** Math.min(attempt - 1, 20)) * (0.5 + random / 2);

/** Milliseconds until the next probe, +-20 %. Servers that nobody uses are asked half as often. */
export function probeDelayMs(facts: { intervalMs: number; inDoubt: boolean; idle: boolean }, random: number): number {
  const interval = facts.inDoubt
    ? Math.min(DOUBT_INTERVAL_MS, facts.intervalMs)
    : facts.intervalMs * (facts.idle ? 2 : 1);
  return interval * (1 - PROBE_JITTER + 2 * PROBE_JITTER * random);
}
