// Does the breaker do what its chart says, whatever happens to it in whatever order?
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Command, type Run, runs, Subject } from "./breaker-subject.fixture.ts";

const SEQUENCES = 10_000;

const always = (check: (run: Run) => void): void => void fc.assert(fc.property(runs, check), { numRuns: SEQUENCES });

interface Step {
  readonly command: Command;
  readonly before: Subject["state"];
  readonly subject: Subject;
}

/** Applies every command and shows each step. */
function follow(run: Run, see: (step: Step) => void): void {
  const subject = new Subject(run);
  for (const [command, dice] of run.commands) {
    const before = subject.state;
    subject.apply(command, dice);
    see({ command, before, subject });
  }
}

const STEPS = [
  "closed > open",
  "closed > isolated",
  "open > half_open",
  "open > closed",
  "half_open > closed",
  "half_open > open",
  "isolated > half_open",
];

test("ten thousand command sequences never tell it from a breaker written a second time", () => {
  const visits = new Map<string, number>();
  always((run) => {
    follow(run, ({ before, subject }) => {
      subject.compare();
      const step = `${before.kind} > ${subject.state.kind}`;
      visits.set(step, (visits.get(step) ?? 0) + 1);
    });
  });
  // Steps that were hardly made would prove nothing.
  for (const step of STEPS) assert.ok((visits.get(step) ?? 0) >= 500, `${step}: ${visits.get(step)} times`);
});

test("never more trials are out than the settings allow, except those whose time is over", () => {
  always((run) => {
    follow(run, ({ subject: { state, given, now } }) => {
      if (state.kind !== "half_open") return;
      const out = given.filter((pass) => pass.generation === state.generation && !pass.settled && pass.until > now);
      assert.ok(out.length <= run.settings.trials, `${out.length} trials are out`);
    });
  });
});

test("a pass that was settled, or belongs to what is over, changes nothing", () => {
  let stale = 0;
  always((run) => {
    follow(run, ({ command, before, subject }) => {
      if (command.do !== "settle") return;
      const held = subject.given[command.back];
      if (held === undefined) return;
      if (held.generation === before.generation && (before.kind === "closed" || held.settled === 1)) return;
      stale++;
      assert.equal(subject.state, before);
    });
  });
  assert.ok(stale > 10_000, `${stale} stale passes came back`);
});

test("it stays open for its open time, doubled with each opening, less at most the share of chance", () => {
  always((run) => {
    const { openMs, maxOpenMs, jitter } = run.settings;
    follow(run, ({ before, subject: { state, now } }) => {
      if (state.kind !== "open" || state.opens === before.opens) return;
      const whole = Math.min(maxOpenMs, openMs * 2 ** before.opens);
      const left = state.retryAt - now;
      assert.ok(left >= Math.floor(whole * (1 - jitter)) && left <= whole, `open for ${left} ms of at most ${whole}`);
    });
  });
});

test("trials alone close it after exactly as many successes as the settings ask for", () => {
  let closings = 0;
  always((run) => {
    let passed = 0;
    const calls = run.commands.filter(([command]) => command.do !== "check");
    follow({ ...run, commands: calls }, ({ command, before, subject: { state, given } }) => {
      if (before.kind !== "half_open") passed = 0;
      else if (command.do === "settle" && command.verdict === "pass") {
        const { pass } = given[command.back] ?? {};
        if (before.trials.some((trial) => trial.pass === pass)) passed++;
      }
      if (state.kind !== "closed" || before.kind === "closed" || command.do === "reset") return;
      closings++;
      assert.equal(passed, run.settings.successes);
    });
  });
  assert.ok(closings > 300, `closed ${closings} times`);
});

test("generations only grow, every change of the word is a new one, and an isolated breaker gives no pass", () => {
  always((run) => {
    let given = 0;
    follow(run, ({ before, subject }) => {
      const { state } = subject;
      assert.ok(state.generation >= before.generation);
      if (state.kind !== before.kind) assert.ok(state.generation > before.generation);
      if (before.kind === "isolated" && state.kind === "isolated") assert.equal(subject.given.length, given);
      given = subject.given.length;
    });
  });
});
