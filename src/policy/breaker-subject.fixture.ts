// What is done to a breaker in its model-based test? One command at a time, to policy/breaker and to the reference alike; what
// each of them answers and shows has to be the same.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { settingsOf } from "#contract/preset.ts";
import { type BreakerSettings, CIRCUIT_STATES } from "#contract/upstream.ts";
import * as policy from "./breaker.ts";
import { ReferenceBreaker, type Token } from "./breaker-reference.fixture.ts";
import {
  type BreakerState,
  failuresOf,
  initialBreaker,
  type Pass,
  restore,
  type StoredBreaker,
  type Verdict,
} from "./breaker-state.ts";

export type Command =
  | { readonly do: "admit"; readonly trialMs: number }
  /** `back`: which of the passes given so far, the newest is 0. */
  | { readonly do: "settle"; readonly back: number; readonly verdict: Verdict }
  | { readonly do: "check"; readonly seen: policy.Check }
  | { readonly do: "wait"; readonly ms: number }
  /** To the end of the open time, or one millisecond short of it. */
  | { readonly do: "waitOpen"; readonly shortMs: number }
  | { readonly do: "defer"; readonly ms: number }
  | { readonly do: "trip"; readonly cause: "calls" | "checks" }
  | { readonly do: "retryDue" | "isolate" | "release" | "reset" };

export interface Run {
  readonly settings: BreakerSettings;
  readonly stored: StoredBreaker | undefined;
  /** Each with the dice that are rolled for it. */
  readonly commands: readonly (readonly [Command, number])[];
}

const verdict: fc.Arbitrary<Verdict> = fc.constantFrom("pass", "pass", "pass", "fail", "fail", "soft", "none");
const settle = fc.record({ do: fc.constant("settle" as const), back: fc.nat({ max: 5 }), verdict });
const ms = fc.oneof(fc.nat({ max: 3_000 }), fc.integer({ min: 4_000, max: 70_000 }), fc.constant(300_000));
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("admit" as const), trialMs: fc.integer({ min: 1, max: 9_000 }) }),
  },
  { weight: 8, arbitrary: settle },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("check" as const),
      seen: fc.constantFrom<policy.Check>("pass", "fail", "fail", "newLink"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("waitOpen" as const), shortMs: fc.nat({ max: 1 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: "retryDue" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("defer" as const), ms: fc.nat({ max: 40_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("trip" as const),
      cause: fc.constantFrom<"calls" | "checks">("calls", "checks"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom<"isolate" | "release" | "reset">("isolate", "release", "reset") }),
  },
);
const randomSettings: fc.Arbitrary<BreakerSettings> = fc
  .record({
    failures: fc.integer({ min: 1, max: 6 }),
    openMs: fc.integer({ min: 100, max: 10_000 }),
    growth: fc.integer({ min: 1, max: 40 }),
    jitter: fc.constantFrom(0, 0.1, 0.5, 1),
    trials: fc.integer({ min: 1, max: 4 }),
    successes: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ growth, ...rest }) => ({
    ...rest,
    maxOpenMs: rest.openMs * growth,
    failureRatio: 2,
    slowRatio: 2,
    autoDisableAfterCycles: 0,
  }));
const stored: fc.Arbitrary<StoredBreaker> = fc.record({
  kind: fc.constantFrom(...CIRCUIT_STATES),
  retryInMs: fc.integer({ min: -10_000, max: 500_000 }),
  reason: fc.constant("stored"),
  cycles: fc.nat({ max: 5 }),
  failures: fc.nat({ max: 9 }),
});

export const runs: fc.Arbitrary<Run> = fc.record({
  settings: fc.oneof(
    {
      weight: 2,
      arbitrary: fc.constantFrom(settingsOf("default", "http").breaker, settingsOf("classic", "http").breaker),
    },
    { weight: 3, arbitrary: randomSettings },
  ),
  stored: fc.option(stored, { nil: undefined, freq: 3 }),
  commands: fc.array(fc.tuple(command, fc.double({ min: 0, max: 0.999, noNaN: true })), {
    minLength: 10,
    maxLength: 70,
    size: "max",
  }),
});

export interface Given {
  readonly pass: Pass;
  readonly token: Token;
  /** Generation that gave it, and when it gives its place back. */
  readonly generation: number;
  readonly until: number;
  settled: number;
}

/** Both breakers side by side. */
export class Subject {
  state: BreakerState;
  now = 1_000;
  readonly settings: BreakerSettings;
  readonly reference: ReferenceBreaker;
  /** Passes given so far, the newest first. */
  readonly given: Given[] = [];

  constructor({ settings, stored: left }: Run) {
    this.settings = settings;
    this.reference = new ReferenceBreaker(settings, this.now, left);
    this.state = left === undefined ? initialBreaker(this.now) : restore(left, this.now, settings);
    this.compare();
  }

  apply(next: Command, random: number): void {
    const { reference, settings, now, state } = this;
    const moment = { now, random };
    switch (next.do) {
      case "admit":
        return this.#admit(next.trialMs);
      case "settle": {
        const held = this.given[next.back];
        if (held === undefined) return;
        held.settled++;
        this.state = policy.settle(state, { ...moment, pass: held.pass, verdict: next.verdict }, settings);
        return reference.settle(held.token, next.verdict, moment);
      }
      case "check":
        this.state = policy.check(state, { ...moment, seen: next.seen }, settings);
        if (state.kind === "open" && next.seen !== "fail") this.state = policy.credit(this.state, moment, settings);
        return reference.check(next.seen, moment);
      case "wait":
        this.now += next.ms;
        return;
      case "waitOpen":
        if (reference.word === "open") this.now = Math.max(now, reference.retryAt - next.shortMs);
        return;
      case "defer":
        this.state = policy.defer(state, now + next.ms);
        return reference.defer(now + next.ms);
      case "trip":
        this.state = policy.trip(state, { ...moment, reason: "tripped", cause: next.cause }, settings);
        return reference.open(next.cause, moment);
      case "retryDue":
        this.state = policy.retryDue(state, now);
        return reference.due(now);
      case "isolate":
        this.state = policy.isolate(state, "a person");
        return reference.isolate();
      case "release":
        this.state = policy.release(state);
        return reference.release();
      case "reset":
        this.state = policy.reset(state, now);
        return reference.reset(now);
    }
  }

  #admit(trialMs: number): void {
    const admission = policy.admit(this.state, { now: this.now, trialMs }, this.settings);
    const expected = this.reference.admit(this.now, trialMs);
    this.state = admission.state;
    if (admission.pass === null) {
      assert.equal(admission.retryAfterMs, expected, "what a refused caller is told to wait");
      return;
    }
    assert.ok(
      typeof expected === "object" && expected !== null,
      `a pass was given where the reference says ${expected}`,
    );
    const { generation } = this.state;
    const until = this.now + trialMs;
    this.given.unshift({ pass: admission.pass, token: expected, generation, until, settled: 0 });
  }

  trialsOut(): number {
    return this.state.kind === "half_open"
      ? this.state.trials.filter(({ expiresAt }) => expiresAt > this.now).length
      : 0;
  }

  compare(): void {
    const { state, reference } = this;
    const shown = [state.kind, state.cycles, failuresOf(state), this.trialsOut()];
    const { word, cycles, callsInARow, checksInARow } = reference;
    assert.deepEqual(shown, [word, cycles, callsInARow + checksInARow, reference.trialsOut(this.now)]);
    if (state.kind === "open") assert.equal(state.retryAt, reference.retryAt, "the end of the open time");
  }
}
