// Which state is one upstream's breaker in, and who hears when it changes? The policy's shell: it holds the state, keeps
// the window of recent calls, and rings when an open time is over. It decides nothing that policy/breaker does not say.
import type { Fault } from "#contract/fault.ts";
import type { CircuitState } from "#contract/upstream.ts";
import type { Cancel } from "#lib/world.ts";
import * as policy from "#policy/breaker.ts";
import {
  type BreakerState,
  failuresOf,
  initialBreaker,
  type Pass,
  restore,
  type StoredBreaker,
  type Verdict,
} from "#policy/breaker-state.ts";
import { FailureWindow } from "#policy/failure-window.ts";
import type { AttemptEnd, CircuitFacts, CircuitListener, CircuitOptions } from "./circuit-terms.ts";
import { refusedFault } from "./unavailable.ts";

export class Circuit {
  readonly #options: CircuitOptions;
  readonly #window = new FailureWindow();
  #listener: CircuitListener | undefined;
  #state: BreakerState;
  #hasPassed = false;
  #cancelRetry: Cancel = () => {};
  /** Wall time of the end of the open time, fixed when it opened so that a clock step does not move it. */
  #retryAt: number | null = null;

  constructor(options: CircuitOptions) {
    this.#options = options;
    this.#state = initialBreaker(options.world.now());
  }

  /** The supervisor that answers for it now; undefined ends that. */
  listen(listener: CircuitListener | undefined): void {
    this.#listener = listener;
    this.#cancelRetry();
    if (listener !== undefined) this.#armRetry();
  }

  /** It has not changed its state in this run. */
  get isUntouched(): boolean {
    return this.#state.kind === "closed" && this.#state.generation === 1;
  }

  /** Nor has a call passed: nothing is known that an earlier run's open breaker could not be put before. */
  get isFresh(): boolean {
    return this.isUntouched && !this.#hasPassed;
  }

  get kind(): CircuitState {
    return this.#state.kind;
  }

  /** Milliseconds of open time left; 0 when it is not open. */
  get openForMs(): number {
    return this.#state.kind === "open" ? Math.max(0, this.#state.retryAt - this.#options.world.now()) : 0;
  }

  facts(): CircuitFacts {
    const state = this.#state;
    return {
      state: state.kind,
      reason: state.kind === "closed" ? null : state.reason,
      retryAt: this.#retryAt,
      failures: failuresOf(state),
      cycles: state.cycles,
    };
  }

  /** A pass for one call. Throws BREAKER_OPEN. */
  admit(): Pass {
    if (this.#state.kind === "closed") return this.#state.generation;
    // Between two supervisors there is nobody to try.
    if (this.#listener === undefined) throw this.#refusal(this.openForMs);
    const { world, settings, trialMs } = this.#options;
    const admission = policy.admit(this.#state, { now: world.now(), trialMs: trialMs() }, settings());
    this.#become(admission.state, "the open time is over");
    if (admission.pass === null) throw this.#refusal(admission.retryAfterMs);
    return admission.pass;
  }

  /** Throws BREAKER_OPEN unless the pass still holds: for a call that had to wait after it was let in. */
  require(pass: Pass): void {
    const state = this.#state;
    const holds =
      state.kind === "closed"
        ? pass === state.generation
        : state.kind === "half_open" && state.trials.some((trial) => trial.pass === pass);
    if (!holds) throw this.#refusal(this.openForMs);
  }

  /** A trial for a question of our own; undefined when none may begin now. */
  tryTrial(): Pass | undefined {
    if (this.#state.kind !== "half_open" || this.#listener === undefined) return undefined;
    const { world, settings, trialMs } = this.#options;
    const admission = policy.admit(this.#state, { now: world.now(), trialMs: trialMs() }, settings());
    this.#become(admission.state, "");
    return admission.pass ?? undefined;
  }

  settle(pass: Pass, { verdict, durationMs, failure }: AttemptEnd): void {
    // Nobody answers for the server now: what still ends was cut off by us.
    if (this.#listener === undefined) return;
    if (failure !== null) this.#listener.onCallFailed(failure);
    else if (verdict === "pass") this.#hasPassed = true;
    const { now, random, slowMs, settings } = this.#moment();
    if (this.#state.kind === "closed" && pass === this.#state.generation) {
      this.#noteCall(now, verdict, durationMs > slowMs());
      if (this.#state.kind !== "closed") return;
    }
    this.#become(policy.settle(this.#state, { pass, verdict, now, random }, settings), "");
  }

  /** An attempt was answered with a result. A breaker that has nothing to forgive only counts it. */
  passed(pass: Pass, durationMs: number): void {
    const state = this.#state;
    const calm = state.kind === "closed" && state.opens === 0 && state.cycles === 0 && failuresOf(state) === 0;
    const slow = durationMs > this.#options.slowMs();
    if (!calm || slow || pass !== state.generation || this.#listener === undefined) {
      this.settle(pass, { verdict: "pass", durationMs, failure: null });
      return;
    }
    this.#hasPassed = true;
    this.#window.note(this.#options.world.now(), CALM);
  }

  /** To be handed in with the answer to a question asked now. */
  get generation(): number {
    return this.#state.generation;
  }

  /** What a probe, a connect or a loss outside of any trial showed; a failure of a question asked in another generation decides nothing. */
  check(seen: policy.Check, askedIn: number = this.#state.generation): void {
    if (this.#listener === undefined || (seen === "fail" && askedIn !== this.#state.generation)) return;
    const { now, random, settings } = this.#moment();
    const wasOpen = this.#state.kind === "open";
    this.#become(policy.check(this.#state, { seen, now, random }, settings), CHECKED[seen]);
    if (wasOpen && seen !== "fail") this.#become(policy.credit(this.#state, { now, random }, settings), "");
  }

  trip(reason: string): void {
    const { now, random, settings } = this.#moment();
    this.#become(policy.trip(this.#state, { now, random, reason, cause: "checks" }, settings), reason);
  }

  /** Ends an open time early: a person wants to know now. */
  tryNow(): void {
    const due = this.#state.kind === "open" ? this.#state.retryAt : 0;
    this.#become(policy.retryDue(this.#state, due), "a person asked for a trial");
  }

  /** An open time ends no sooner than in so many milliseconds. */
  defer(ms: number): void {
    this.#become(policy.defer(this.#state, this.#options.world.now() + ms), "");
  }

  isolate(reason: string): void {
    this.#become(policy.isolate(this.#state, reason), reason);
  }

  release(): void {
    this.#become(policy.release(this.#state), "released by a person");
  }

  reset(reason: string): void {
    this.#become(policy.reset(this.#state, this.#options.world.now()), reason);
  }

  /** Takes up what an earlier run left. */
  takeUp(stored: StoredBreaker): void {
    const restored = restore(stored, this.#options.world.now(), this.#options.settings());
    this.#become(restored, `remembered from before the restart: ${stored.reason}`);
  }

  #moment() {
    const { world, settings, slowMs } = this.#options;
    return { now: world.now(), random: world.random(), slowMs, settings: settings() };
  }

  #noteCall(now: number, verdict: Verdict, slow: boolean): void {
    if (verdict === "none") return;
    const bad = verdict === "fail" || verdict === "soft";
    this.#window.note(now, { failed: bad, slow });
    if (!bad && !slow) return;
    const settings = this.#options.settings();
    const over = this.#window.verdict(now, settings);
    if (over === null) return;
    const reason = `${Math.round(over.share * 100)} % of the calls of the last 30 s ${over.over === "failures" ? "failed" : "were slow"}`;
    const random = this.#options.world.random();
    this.#become(policy.trip(this.#state, { now, random, reason, cause: "calls" }, settings), reason);
  }

  #become(next: BreakerState, why: string): void {
    const before = this.#state;
    this.#state = next;
    if (before.kind === next.kind && before.generation === next.generation) return;
    this.#window.clear();
    this.#cancelRetry();
    const { world } = this.#options;
    this.#retryAt = next.kind === "open" ? Math.round(world.wall() + next.retryAt - world.now()) : null;
    if (this.#listener !== undefined) this.#armRetry();
    if (before.kind === next.kind) return;
    this.#options.onChange({ from: before.kind, to: next.kind, reason: reasonOf(next, why) });
    if (next.kind === "half_open" && next.passed === 0) this.#listener?.onTrialDue();
  }

  #armRetry(): void {
    if (this.#state.kind !== "open") return;
    this.#cancelRetry = this.#options.world.after(this.openForMs, () => {
      // Timers may come a little early; this one means that the time is over.
      const due = this.#state.kind === "open" ? this.#state.retryAt : 0;
      this.#become(policy.retryDue(this.#state, due), "the open time is over");
    });
  }

  #refusal(retryAfterMs: number | null): Fault {
    const { server, lastFailure } = this.#options;
    const { state, reason } = this.facts();
    return refusedFault(server, { isolated: state === "isolated", reason, last: lastFailure(), retryAfterMs });
  }
}

const CALM = { failed: false, slow: false } as const;

const CHECKED: Readonly<Record<policy.Check, string>> = {
  pass: "it answers probes again",
  newLink: "a new connection came up",
  fail: "",
};

const reasonOf = (state: BreakerState, why: string): string => {
  if (state.kind === "closed") return why === "" ? "trials passed" : why;
  return state.kind === "half_open" && why !== "" ? why : state.reason;
};
