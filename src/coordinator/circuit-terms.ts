// What does a breaker need, what is it told, and what does it tell? Terms only; the breaker is in circuit.ts.
import type { BreakerSettings, CircuitState } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import type { Verdict } from "#policy/breaker-state.ts";

/** How one attempt ended. */
export interface AttemptEnd {
  readonly verdict: Verdict;
  /** Milliseconds, without those in which this process itself stood still. */
  readonly durationMs: number;
  /** What went wrong, in words; null when nothing did. */
  readonly failure: string | null;
}

/** An end that says how a question of our own went. */
export const endOf = (verdict: Verdict): AttemptEnd => ({ verdict, durationMs: 0, failure: null });

/** What a transition looks like from outside. */
export interface CircuitChange {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: string;
}

export interface CircuitOptions {
  readonly server: string;
  readonly world: World;
  /** Told of every transition. */
  readonly onChange: (change: CircuitChange) => void;
  /** Read at every question: they may change while it runs. */
  readonly settings: () => BreakerSettings;
  /** A call that takes longer is slow, in milliseconds. */
  readonly slowMs: () => number;
  /** What went wrong last, in words. */
  readonly lastFailure: () => string | null;
  /** After so long a trial that never came back gives its place back, in milliseconds. */
  readonly trialMs: () => number;
}

/** The supervisor that answers for the server. */
export interface CircuitListener {
  /** Trials may begin; ask the server something. */
  readonly onTrialDue: () => void;
  /** A call failed: a good moment for a probe. */
  readonly onCallFailed: (message: string) => void;
}

/** For views and the store. Wall times in milliseconds since 1970. */
export interface CircuitFacts {
  readonly state: CircuitState;
  readonly reason: string | null;
  readonly retryAt: number | null;
  readonly failures: number;
  readonly cycles: number;
}
