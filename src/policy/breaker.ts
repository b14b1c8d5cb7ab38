// May a call pass, and when is a failing upstream tried again? Pure: state, moment and dice in, the next state out.
//
//            `failures` in a row, a rate, a crash loop                    time is up, or a new link came up
//   closed ------------------------------------------------> open(retryAt) --------------------------------+
//     ^  ^                                                     ^                                            v
//     |  | `successes` trials passed                           | a trial failed: opens for longer       half_open(trials)
//     |  +-----------------------------------------------------|--------------------------------------------+
//     |                                                        +--------------------------------------------+
//     +-- reset, from everywhere      isolate: from everywhere -> isolated;  isolated -- release --> half_open
//
// Every transition begins a new generation. A pass belongs to the generation that gave it; what comes back later counts for nothing.
import type { BreakerSettings } from "#contract/upstream.ts";
import {
  type BreakerState,
  type Cause,
  type Common,
  failuresOf,
  initialBreaker,
  type Moment,
  nextGeneration,
  type Pass,
  type Verdict,
} from "./breaker-state.ts";

/** A breaker closed for this long has forgotten how often it opened before. */
export const FORGET_AFTER_MS = 300_000;
/** What a refused caller is told to wait while a trial is out. */
const TRIAL_HINT_MS = 1_000;

export type Admission =
  | { readonly state: BreakerState; readonly pass: Pass }
  /** `retryAfterMs` is null when no trial is planned. */
  | { readonly state: BreakerState; readonly pass: null; readonly retryAfterMs: number | null };

/** Asks for a pass for one call. `trialMs`: after so long a trial that was never settled gives its place back. */
export function admit(state: BreakerState, at: { now: number; trialMs: number }, settings: BreakerSettings): Admission {
  switch (state.kind) {
    case "closed":
      return { state, pass: state.generation };
    case "isolated":
      return { state, pass: null, retryAfterMs: null };
    case "open":
      if (at.now < state.retryAt) return { state, pass: null, retryAfterMs: state.retryAt - at.now };
      return admit(halfOpen(state), at, settings);
    case "half_open":
      return admitTrial(state, at, settings);
  }
}

function admitTrial(
  state: BreakerState & { kind: "half_open" },
  { now, trialMs }: { now: number; trialMs: number },
  settings: BreakerSettings,
): Admission {
  const out = state.trials.filter((trial) => trial.expiresAt > now);
  if (out.length >= settings.trials) {
    const firstEnd = Math.min(...out.map((trial) => trial.expiresAt));
    return { state, pass: null, retryAfterMs: Math.min(TRIAL_HINT_MS, firstEnd - now) };
  }
  const given = state.given + 1;
  const pass = -(state.generation * TRIALS_PER_GENERATION + given);
  return { state: { ...state, given, trials: [...out, { pass, expiresAt: now + trialMs }] }, pass };
}

/** Room for the numbers of one generation's trials; a number that came round would be hours old. */
const TRIALS_PER_GENERATION = 1_000_000;

/** Hands a pass back with how the attempt ended. */
export function settle(
  state: BreakerState,
  { pass, verdict, ...moment }: Moment & { pass: Pass; verdict: Verdict },
  settings: BreakerSettings,
): BreakerState {
  if (state.kind === "closed" && pass === state.generation)
    return settleClosed(state, { verdict, ...moment }, settings);
  if (state.kind !== "half_open" || !state.trials.some((trial) => trial.pass === pass)) return state;
  const trials = state.trials.filter((trial) => trial.pass !== pass);
  if (verdict === "fail") return failTrial({ ...state, callRun: state.callRun + 1 }, moment, settings);
  if (verdict !== "pass") return { ...state, trials };
  return passTrial({ ...state, trials }, moment, settings);
}

function settleClosed(
  state: BreakerState & { kind: "closed" },
  { verdict, ...moment }: Moment & { verdict: Verdict },
  settings: BreakerSettings,
): BreakerState {
  if (verdict === "pass") return calmer(state, moment.now, { callRun: 0, checkRun: 0, cycles: 0 });
  if (verdict !== "fail") return state;
  const failed = { ...state, callRun: state.callRun + 1 };
  if (failuresOf(failed) < settings.failures) return failed;
  return trip(failed, { ...moment, reason: `${failuresOf(failed)} failures in a row`, cause: "calls" }, settings);
}

// The same object when nothing changes: this is what nearly every call meets.
function calmer(
  state: BreakerState & { kind: "closed" },
  now: number,
  runs: Pick<Common, "callRun" | "checkRun" | "cycles">,
): BreakerState {
  const forgets = state.opens > 0 && now - state.closedAt >= FORGET_AFTER_MS;
  if (!forgets && state.callRun === runs.callRun && state.checkRun === runs.checkRun && state.cycles === runs.cycles)
    return state;
  return { ...state, ...runs, ...(forgets ? { opens: 0 } : undefined) };
}

/** Counts the check that ended an open time as the first trial. */
export const credit = (state: BreakerState, moment: Moment, settings: BreakerSettings): BreakerState =>
  state.kind === "half_open" ? passTrial(state, moment, settings) : state;

/** A probe or a connect outside of any trial: `newLink` when a connection came up after one was lost. */
export type Check = "pass" | "fail" | "newLink";

export function check(
  state: BreakerState,
  { seen, ...moment }: Moment & { seen: Check },
  settings: BreakerSettings,
): BreakerState {
  if (seen === "fail") return failCheck({ ...state, checkRun: state.checkRun + 1 }, moment, settings);
  switch (state.kind) {
    case "closed":
      return calmer(state, moment.now, { callRun: state.callRun, checkRun: 0, cycles: state.cycles });
    case "open":
      return seen === "newLink" || state.cause === "checks" ? halfOpen(state) : state;
    case "half_open":
      return seen === "newLink" && !state.trials.some(({ expiresAt }) => expiresAt > moment.now)
        ? passTrial(state, moment, settings)
        : state;
    case "isolated":
      return state.checkRun === 0 ? state : { ...state, checkRun: 0 };
  }
}

function failCheck(state: BreakerState, moment: Moment, settings: BreakerSettings): BreakerState {
  if (state.kind === "half_open") return failTrial(state, moment, settings);
  if (state.kind !== "closed" || failuresOf(state) < settings.failures) return state;
  return trip(state, { ...moment, reason: `${failuresOf(state)} failures in a row`, cause: "checks" }, settings);
}

const failTrial = (
  state: BreakerState & { kind: "half_open" },
  moment: Moment,
  settings: BreakerSettings,
): BreakerState => trip(state, { ...moment, reason: "a trial failed", cause: state.cause }, settings);

function passTrial(
  state: BreakerState & { kind: "half_open" },
  { now }: Moment,
  settings: BreakerSettings,
): BreakerState {
  const passed = state.passed + 1;
  if (passed < settings.successes) return { ...state, passed, checkRun: 0 };
  const { generation, opens, cause } = state;
  // What calls have opened only a passed call makes good again: probes passed all the time.
  const cycles = cause === "calls" ? state.cycles : 0;
  return { kind: "closed", generation: generation + 1, callRun: 0, checkRun: 0, cycles, opens, closedAt: now };
}

/** Opens it, for longer each time; leaves an isolated one alone. */
export function trip(
  state: BreakerState,
  { now, random, reason, cause }: Moment & { reason: string; cause: Cause },
  settings: BreakerSettings,
): BreakerState {
  if (state.kind === "isolated") return state;
  const whole = Math.min(settings.maxOpenMs, settings.openMs * 2 ** Math.min(state.opens, 30));
  return {
    ...nextGeneration(state),
    kind: "open",
    cycles: state.cycles + 1,
    opens: state.opens + 1,
    retryAt: now + Math.round(whole * (1 - settings.jitter * random)),
    reason,
    cause,
  };
}

/** Keeps an open one open at least until `until`: nothing could be asked before. */
export const defer = (state: BreakerState, until: number): BreakerState =>
  state.kind === "open" && state.retryAt < until
    ? { ...state, generation: state.generation + 1, retryAt: until }
    : state;

/** The open time is over: trials may begin. Other states stay as they are. */
export const retryDue = (state: BreakerState, now: number): BreakerState =>
  state.kind === "open" && now >= state.retryAt ? halfOpen(state) : state;

/** A person takes it out of service. */
export const isolate = (state: BreakerState, reason: string): BreakerState =>
  state.kind === "isolated" ? state : { ...nextGeneration(state), kind: "isolated", reason };

/** A person puts it back: trials decide. */
export const release = (state: BreakerState): BreakerState =>
  state.kind === "isolated"
    ? { ...nextGeneration(state), kind: "half_open", ...NO_TRIALS, reason: "released by a person", cause: "checks" }
    : state;

/** A person closes it and forgets its past. */
export const reset = (state: BreakerState, now: number): BreakerState => ({
  ...initialBreaker(now),
  generation: state.generation + 1,
});

const NO_TRIALS = { passed: 0, given: 0, trials: [] } as const;

function halfOpen(state: BreakerState & { kind: "open" }): BreakerState & { kind: "half_open" } {
  const { reason, cause } = state;
  return { ...nextGeneration(state), kind: "half_open", ...NO_TRIALS, reason, cause };
}
