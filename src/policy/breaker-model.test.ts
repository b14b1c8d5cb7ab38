// Does the breaker do what its chart says, whatever happens to it in whatever order?
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Run, runs, Subject } from "./breaker-subject.fixture.ts";

const SEQUENCES = 10_000;

const always = (check: (run: Run) => void): void =>
  void fc.assert(fc.property(runs, check), { numRuns: SEQUENCES });

/** Applies every command and shows the breaker before and after each. */
function follow(run: Run, see: (before: Subject["state"], subject: Subject) => void): void {
  const subject = new Subject(run);
  for (const [command, dice] of run.commands) {
    const before = subject.state;
    subject.apply(command, dice);
    see(before, subject);
  }
}

test("ten thousand command sequences never tell it from a breaker written a second time", () => {
  const visits = new Map<string, number>();
  always((run) => {
    follow(run, (before, subject) => {
      subject.compare();
      const step = `${before.kind} > ${subject.state.kind}`;
      visits.set(step, (visits.get(step) ?? 0) + 1);
    });
  });
  // Steps that were hardly made would prove nothing.
  for (const step of STEPS) assert.ok((visits.get(step) ?? 0) >= 500, `${step}: ${visits.get(step)} times`);
});

const STEPS = [
  "closed > open",
  "closed > isolated",
  "open > half_open",
  "open > closed",
  "half_open > closed",
  "half_open > open",
  "isolated > half_open",
];

test("whatever happens, generations only grow, an isolated breaker gives no pass, and trials stay within their number", () => {
  always((run) => {
    const { trials, openMs, maxOpenMs, jitter } = run.settings;
    let given = 0;
    follow(run, (before, { state, now, given: passes, trialsOut, settings }) => {
      void settings;
      assert.ok(state.generation >= before.generation);
      assert.equal(state.generation > before.generation, state.kind !== before.kind || state.generation !== before.generation);
      if (state.kind === "isolated" && before.kind === "isolated") assert.equal(passes.length, given);
      given = passes.length;
      void trialsOut;
      if (state.kind === "half_open") assert.ok(state.trials.filter(({ expiresAt }) => expiresAt > now).length <= trials);
      if (state.kind === "open" && state.opens > before.opens) {
        const whole = Math.min(maxOpenMs, openMs * 2 ** before.opens);
        const left = state.retryAt - now;
        assert.ok(left >= Math.floor(whole * (1 - jitter)) && left <= whole, `open for ${left} ms of at most ${whole}`);
      }
    });
  });
});
