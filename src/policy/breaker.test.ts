import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf } from "#contract/preset.ts";
import type { BreakerSettings } from "#contract/upstream.ts";
import { admit, check, FORGET_AFTER_MS, isolate, release, reset, retryDue, settle, trip } from "./breaker.ts";
import { type BreakerState, initialBreaker, restore, type Verdict } from "./breaker-state.ts";

const DEFAULT = settingsOf("default", "http").breaker;
const CLASSIC = settingsOf("classic", "http").breaker;
const TRIAL_MS = 60_000;

/** A breaker in hand: it asks and answers in one step, at a time that is told. */
function breaker(settings: BreakerSettings = DEFAULT, random = 0) {
  let state = initialBreaker(0);
  const ask = (now: number) => {
    const admission = admit(state, { now, trialMs: TRIAL_MS }, settings);
    state = admission.state;
    return admission;
  };
  const seen = {
    get state(): BreakerState {
      return state;
    },
    set state(next: BreakerState) {
      state = next;
    },
    ask,
    /** One call that passes the breaker and ends so. */
    call(verdict: Verdict, now: number): void {
      const { pass } = ask(now);
      assert.ok(pass !== null, "the call was refused");
      state = settle(state, { pass, verdict, now, random }, settings);
    },
    calls: (count: number, verdict: Verdict, now: number): void => {
      for (let made = 0; made < count; made++) seen.call(verdict, now);
    },
    fail: (now: number): void => {
      state = check(state, { seen: "fail", now, random }, settings);
    },
  };
  return seen;
}

const refusal = (admission: ReturnType<typeof admit>): number | null => {
  assert.equal(admission.pass, null);
  return "retryAfterMs" in admission ? admission.retryAfterMs : null;
};

test("five failures in a row open it, and the refused are told how long", () => {
  const subject = breaker();
  subject.calls(4, "fail", 0);
  assert.equal(subject.state.kind, "closed");
  subject.call("fail", 0);
  assert.equal(subject.state.kind, "open");
  assert.equal(refusal(subject.ask(1_000)), 4_000);
});

test("a success in between begins the count anew; what says nothing neither counts nor clears", () => {
  const subject = breaker();
  subject.calls(4, "fail", 0);
  subject.call("pass", 0);
  subject.calls(4, "fail", 0);
  for (const verdict of ["none", "soft"] as const) subject.call(verdict, 0);
  assert.equal(subject.state.kind, "closed");
  subject.call("fail", 0);
  assert.equal(subject.state.kind, "open");
});

test("failed probes and failed calls count together, but a probe that passes forgives no failed call", () => {
  const subject = breaker();
  subject.calls(3, "fail", 0);
  subject.fail(0);
  subject.state = check(subject.state, { seen: "pass", now: 0, random: 0 }, DEFAULT);
  subject.fail(0);
  assert.equal(subject.state.kind, "closed");
  subject.fail(0);
  assert.equal(subject.state.kind, "open");
});

test("after the open time one trial goes out at a time, two successes close it", () => {
  const subject = breaker();
  subject.calls(5, "fail", 0);
  const first = subject.ask(5_000);
  assert.ok(first.pass !== null);
  assert.equal(refusal(subject.ask(5_000)), 1_000);
  subject.state = settle(subject.state, { pass: first.pass, verdict: "pass", now: 5_100, random: 0 }, DEFAULT);
  assert.equal(subject.state.kind, "half_open");
  subject.call("pass", 5_200);
  assert.equal(subject.state.kind, "closed");
});

test("a breaker that calls opened counts its cycles until a call has passed, for pings are no calls", () => {
  const subject = breaker();
  for (let cycle = 1; cycle <= 3; cycle++) {
    const now = cycle * 1_000_000;
    subject.calls(5, "fail", now);
    assert.equal(subject.state.cycles, cycle);
    subject.calls(2, "pass", now + 500_000);
    assert.equal(subject.state.kind, "closed");
  }
  subject.call("pass", 3_600_000);
  assert.equal(subject.state.cycles, 0);
});

test("a breaker that probes opened has no cycles left when trials have closed it", () => {
  const subject = breaker();
  for (let count = 0; count < 5; count++) subject.fail(0);
  subject.calls(2, "pass", 5_000);
  const { kind, cycles } = subject.state;
  assert.deepEqual([kind, cycles], ["closed", 0]);
});

test("every failed trial doubles the open time, up to five minutes; cycles are counted", () => {
  const subject = breaker();
  subject.calls(5, "fail", 0);
  const times: number[] = [];
  for (let now = 0; times.length < 9; ) {
    assert.ok(subject.state.kind === "open");
    times.push(subject.state.retryAt - now);
    now = subject.state.retryAt;
    subject.call("fail", now);
    assert.equal(subject.state.cycles, times.length + 1);
  }
  assert.deepEqual(
    times,
    [5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1_000),
  );
});

test("chance takes away up to half of the open time", () => {
  const subject = breaker(DEFAULT, 0.999_999);
  subject.calls(5, "fail", 0);
  assert.ok(subject.state.kind === "open");
  assert.equal(subject.state.retryAt, 2_500);
});

test("a breaker that failed again soon opens for longer; one that was well for five minutes has forgotten", () => {
  const subject = breaker();
  const failAt = (now: number): number => {
    subject.calls(5, "fail", now);
    assert.ok(subject.state.kind === "open");
    return subject.state.retryAt - now;
  };
  const mendAt = (now: number): void => subject.calls(2, "pass", now);
  assert.equal(failAt(0), 5_000);
  mendAt(5_000);
  subject.call("pass", 5_000 + FORGET_AFTER_MS - 1);
  assert.equal(failAt(5_000 + FORGET_AFTER_MS - 1), 10_000);
  mendAt(400_000);
  subject.call("pass", 400_000 + FORGET_AFTER_MS);
  assert.equal(failAt(400_000 + FORGET_AFTER_MS), 5_000);
});

test("the classic breaker stays open for a minute each time, lets three trials out and closes after one", () => {
  const subject = breaker(CLASSIC);
  subject.calls(5, "fail", 0);
  subject.call("fail", 60_000);
  assert.ok(subject.state.kind === "open");
  assert.equal(subject.state.retryAt, 120_000);
  const out = [1, 2, 3].map(() => subject.ask(120_000).pass);
  assert.ok(out.every((pass) => pass !== null));
  assert.equal(new Set(out).size, 3);
  assert.equal(subject.ask(120_000).pass, null);
  subject.state = settle(subject.state, { pass: out[1] as number, verdict: "pass", now: 120_000, random: 0 }, CLASSIC);
  assert.equal(subject.state.kind, "closed");
});

test("a trial that never came back gives its place to the next one after its time", () => {
  const subject = breaker();
  subject.calls(5, "fail", 0);
  assert.ok(subject.ask(5_000).pass !== null);
  assert.equal(refusal(subject.ask(5_000 + TRIAL_MS - 200)), 200);
  assert.ok(subject.ask(5_000 + TRIAL_MS).pass !== null);
  assert.equal(subject.ask(5_000 + TRIAL_MS).pass, null);
});

test("probes do not shorten what calls opened, a new link does; probes shorten what probes opened", () => {
  const byCalls = breaker();
  byCalls.calls(5, "fail", 0);
  const passed = check(byCalls.state, { seen: "pass", now: 10, random: 0 }, DEFAULT);
  assert.equal(passed, byCalls.state);
  assert.equal(check(byCalls.state, { seen: "newLink", now: 10, random: 0 }, DEFAULT).kind, "half_open");
  const byProbes = breaker();
  for (let count = 0; count < 5; count++) byProbes.fail(0);
  assert.equal(check(byProbes.state, { seen: "pass", now: 10, random: 0 }, DEFAULT).kind, "half_open");
});

test("an isolated breaker refuses everybody without a time until it is released, then trials decide", () => {
  const subject = breaker();
  subject.state = isolate(subject.state, "a person");
  assert.equal(refusal(subject.ask(10_000_000)), null);
  assert.equal(trip(subject.state, { now: 0, random: 0, reason: "x", cause: "checks" }, DEFAULT), subject.state);
  assert.equal(retryDue(subject.state, 10_000_000), subject.state);
  subject.state = release(subject.state);
  assert.equal(subject.state.kind, "half_open");
  subject.calls(2, "pass", 0);
  assert.equal(subject.state.kind, "closed");
});

test("a reset closes it and forgets its past; passes from before mean nothing any more", () => {
  const subject = breaker();
  const { pass } = subject.ask(0);
  subject.calls(5, "fail", 0);
  subject.state = reset(subject.state, 1);
  const { kind, opens, cycles } = subject.state;
  assert.deepEqual([kind, opens, cycles], ["closed", 0, 0]);
  assert.equal(
    settle(subject.state, { pass: pass as number, verdict: "fail", now: 1, random: 0 }, DEFAULT),
    subject.state,
  );
});

test("a restart keeps it open for what was left, within its bounds, and a trial that was out is made again", () => {
  const left = { reason: "5 failures in a row", cycles: 2, failures: 5 };
  const open = (retryInMs: number) => restore({ kind: "open", retryInMs, ...left }, 1_000, DEFAULT);
  for (const [retryInMs, retryAt] of [
    [7_000, 8_000],
    [-5, 1_000],
    [999_999_999, 301_000],
  ] as const) {
    const state = open(retryInMs);
    assert.ok(state.kind === "open");
    assert.deepEqual([state.retryAt, state.cycles, state.reason], [retryAt, 2, "5 failures in a row"]);
  }
  const trial = restore({ kind: "half_open", retryInMs: 7_000, ...left }, 1_000, DEFAULT);
  assert.ok(trial.kind === "open" && trial.retryAt === 1_000);
  assert.equal(restore({ kind: "isolated", retryInMs: 0, ...left }, 1_000, DEFAULT).kind, "isolated");
  const closed = restore({ kind: "closed", retryInMs: 0, ...left }, 1_000, DEFAULT);
  assert.deepEqual(closed, { ...initialBreaker(1_000), cycles: 2, opens: 2 });
});
