// What does a breaker remember, and how does it begin: fresh, or with what an earlier run left? Types and first states only;
// policy/breaker says how it goes on.
import type { BreakerSettings, CircuitState } from "#contract/upstream.ts";

/** Positive: the generation of a closed breaker. Negative: one trial. */
export type Pass = number;

/**
 * How an attempt ended, for the breaker: `pass` clears the run of failures, `fail` counts for run and rate, `soft` for the
 * rate alone, `none` for nothing.
 */
export type Verdict = "pass" | "fail" | "soft" | "none";

/** What every state carries. */
export interface Common {
  readonly generation: number;
  /** Failed calls in a row; a passed call clears them. */
  readonly callRun: number;
  /** Failed probes and connects in a row; a passed one clears them. */
  readonly checkRun: number;
  /** Times it opened since a call passed, or since it closed after an outage that probes had seen. */
  readonly cycles: number;
  /** Times it opened without a long healthy time between: makes the open time grow. */
  readonly opens: number;
}

interface Trial {
  readonly pass: Pass;
  readonly expiresAt: number;
}

/** What opened it: then only the same kind of evidence, or a new link, may shorten the open time. */
export type Cause = "calls" | "checks";

export type BreakerState =
  | (Common & { readonly kind: "closed"; readonly closedAt: number })
  | (Common & { readonly kind: "open"; readonly retryAt: number; readonly reason: string; readonly cause: Cause })
  | (Common & {
      readonly kind: "half_open";
      readonly passed: number;
      readonly trials: readonly Trial[];
      /** Trials given in this generation, so that each has a number of its own. */
      readonly given: number;
      readonly reason: string;
      readonly cause: Cause;
    })
  | (Common & { readonly kind: "isolated"; readonly reason: string });

/** Monotonic milliseconds and a roll of the dice in [0, 1). */
export interface Moment {
  readonly now: number;
  readonly random: number;
}

export const initialBreaker = (now: number): BreakerState => ({
  kind: "closed",
  generation: 1,
  callRun: 0,
  checkRun: 0,
  cycles: 0,
  opens: 0,
  closedAt: now,
});

export const failuresOf = (state: BreakerState): number => state.callRun + state.checkRun;

/** What goes along into the next state. */
export const nextGeneration = ({ generation, callRun, checkRun, cycles, opens }: BreakerState): Common => ({
  generation: generation + 1,
  callRun,
  checkRun,
  cycles,
  opens,
});

/** What an earlier run left behind. `retryInMs` may be negative: then the trial is due. */
export interface StoredBreaker {
  readonly kind: CircuitState;
  readonly retryInMs: number;
  readonly reason: string;
  readonly cycles: number;
  readonly failures: number;
}

/** Takes up what an earlier run left: a restart never closes a breaker early. A trial that was out is made again. */
export function restore(stored: StoredBreaker, now: number, settings: BreakerSettings): BreakerState {
  const fresh = initialBreaker(now);
  const { kind, reason, cycles, failures } = stored;
  const runs = { ...nextGeneration(fresh), checkRun: failures, cycles, opens: cycles };
  switch (kind) {
    case "closed":
      return { ...fresh, cycles, opens: cycles };
    case "isolated":
      return { ...runs, kind, reason };
    case "open":
    case "half_open": {
      const retryInMs = kind === "half_open" ? 0 : Math.min(Math.max(stored.retryInMs, 0), settings.maxOpenMs);
      return { ...runs, kind: "open", retryAt: now + retryInMs, reason, cause: "calls" };
    }
  }
}
