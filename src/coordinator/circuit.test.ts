import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf } from "#contract/preset.ts";
import type { BreakerSettings } from "#contract/upstream.ts";
import { handWorld } from "#lib/hand-world.ts";
import type { Verdict } from "#policy/breaker-state.ts";
import { Circuit } from "./circuit.ts";
import type { CircuitChange } from "./circuit-terms.ts";

const LEFT_OPEN = { kind: "open", retryInMs: 7_000, reason: "5 failures in a row", cycles: 2, failures: 5 } as const;

function stage({ listens = true, ...more }: Partial<BreakerSettings> & { listens?: boolean } = {}) {
  const world = handWorld(0);
  const changes: string[] = [];
  const reasons: string[] = [];
  let settings = { ...settingsOf("default", "http").breaker, ...more };
  const seen = { trials: 0, failures: 0 };
  const circuit = new Circuit({
    server: "files",
    world,
    onChange({ from, to, reason }: CircuitChange) {
      changes.push(`${from} > ${to}`);
      reasons.push(reason);
    },
    settings: () => settings,
    slowMs: () => 5_000,
    lastFailure: () => "it answered HTTP 500.",
    trialMs: () => 11_000,
  });
  const listener = {
    onTrialDue: () => void seen.trials++,
    onCallFailed: () => void seen.failures++,
  };
  if (listens) circuit.listen(listener);
  return {
    world,
    circuit,
    listener,
    changes,
    reasons,
    seen,
    retune: (next: Partial<BreakerSettings>) => {
      settings = { ...settings, ...next };
    },
    call(verdict: Verdict, durationMs = 10): void {
      const failure = verdict === "fail" ? "HTTP 500" : null;
      circuit.settle(circuit.admit(), { verdict, durationMs, failure });
    },
    calls(count: number, verdict: Verdict, durationMs?: number): void {
      for (let made = 0; made < count; made++) this.call(verdict, durationMs);
    },
  };
}

test("the open time ends by itself, and a trial is asked for, also when nobody calls", () => {
  const played = stage();
  const { world, circuit, changes, seen } = played;
  played.calls(5, "fail");
  assert.deepEqual([circuit.kind, circuit.openForMs, world.timers], ["open", 5_000, 1]);
  world.advance(4_999);
  assert.equal(circuit.kind, "open");
  world.advance(1);
  assert.deepEqual([circuit.kind, seen.trials, world.timers], ["half_open", 1, 0]);
  assert.deepEqual(changes, ["closed > open", "open > half_open"]);
});

test("a timer that comes a little early ends the open time all the same", () => {
  const played = stage();
  const { world, circuit } = played;
  const exact = world.after.bind(world);
  Object.assign(world, { after: (ms: number, fn: () => void) => exact(ms - 1, fn) });
  played.calls(5, "fail");
  world.advance(5_000);
  assert.equal(circuit.kind, "half_open");
});

test("half of at least ten calls failing opens it, though never five in a row", () => {
  const played = stage();
  for (const verdict of ["pass", "fail", "pass", "fail", "pass", "fail", "pass", "fail", "pass"] as const)
    played.call(verdict);
  assert.equal(played.circuit.kind, "closed");
  played.call("fail");
  assert.equal(played.circuit.kind, "open");
  assert.equal(played.circuit.facts().reason, "50 % of the calls of the last 30 s failed");
});

test("too many requests count for the share and never for the row", () => {
  const played = stage();
  played.calls(9, "soft");
  assert.equal(played.circuit.kind, "closed");
  played.call("soft");
  assert.equal(played.circuit.kind, "open");
});

test("slow calls open it although they succeed; quick ones and those that say nothing do not", () => {
  const played = stage();
  played.calls(50, "none", 60_000);
  played.calls(2, "pass", 5_000);
  played.calls(7, "pass", 5_001);
  assert.equal(played.circuit.kind, "closed");
  played.call("pass", 5_001);
  assert.equal(played.circuit.kind, "open");
  assert.equal(played.circuit.facts().reason, "80 % of the calls of the last 30 s were slow");
});

test("calls of half a minute ago count no more, and a breaker that closed begins with an empty window", () => {
  const played = stage({ failures: 100 });
  played.calls(9, "fail");
  played.world.advance(30_000);
  played.call("fail");
  assert.equal(played.circuit.kind, "closed");
  played.calls(9, "fail");
  assert.equal(played.circuit.kind, "open");
  played.circuit.reset("a person");
  played.calls(9, "fail");
  assert.equal(played.circuit.kind, "closed");
});

test("a share is not judged where the settings turn it off", () => {
  const played = stage({ failures: 1_000, failureRatio: 2, slowRatio: 2 });
  played.calls(500, "fail", 60_000);
  assert.equal(played.circuit.kind, "closed");
});

test("the refused hear the server, the reason, the last failure and when it is tried again", () => {
  const played = stage();
  played.calls(5, "fail");
  played.world.advance(500);
  assert.throws(() => played.circuit.admit(), {
    code: "BREAKER_OPEN",
    server: "files",
    retryAfterMs: 4_500,
    message:
      "files is not asked now (5 failures in a row; the last: it answered HTTP 500). Nothing was sent. It is tried again in 5 s.",
  });
  played.circuit.isolate("isolated by a person");
  assert.throws(() => played.circuit.admit(), {
    code: "BREAKER_OPEN",
    retryAfterMs: undefined,
    message: /A person must release it/,
  });
});

test("settings that change apply to what comes next; an open time that runs is kept", () => {
  const played = stage();
  played.calls(2, "fail");
  played.retune({ failures: 3, openMs: 1_000 });
  played.call("fail");
  assert.equal(played.circuit.openForMs, 1_000);
  played.retune({ openMs: 60_000 });
  assert.equal(played.circuit.openForMs, 1_000);
});

test("the time of the next trial is told on the wall clock and stays where it was set", () => {
  const played = stage();
  played.calls(5, "fail");
  const retryAt = played.world.wall() + 5_000;
  assert.equal(played.circuit.facts().retryAt, retryAt);
  played.world.advance(3_000);
  assert.equal(played.circuit.facts().retryAt, retryAt);
  played.world.advance(2_000);
  assert.equal(played.circuit.facts().retryAt, null);
});

test("what an earlier run left is taken up silently, and rings when somebody answers for the server", () => {
  const played = stage({ listens: false });
  assert.ok(played.circuit.isFresh);
  played.circuit.takeUp(LEFT_OPEN);
  assert.deepEqual([played.circuit.kind, played.circuit.facts().cycles, played.world.timers], ["open", 2, 0]);
  played.circuit.listen(played.listener);
  played.world.advance(7_000);
  assert.deepEqual([played.circuit.kind, played.seen.trials], ["half_open", 1]);
});

test("a breaker is fresh until a call passed or it changed; failures alone do not make it known", () => {
  const failed = stage();
  failed.calls(4, "fail");
  assert.ok(failed.circuit.isFresh);
  const passed = stage();
  passed.call("pass");
  assert.ok(!passed.circuit.isFresh);
  const touched = stage();
  touched.circuit.reset("a person");
  assert.ok(!touched.circuit.isFresh);
});

test("without anybody who answers for the server no timer runs and nothing is told or learned", () => {
  const played = stage();
  const pass = played.circuit.admit();
  played.circuit.listen(undefined);
  for (let count = 0; count < 9; count++) {
    played.circuit.settle(pass, { verdict: "fail", durationMs: 0, failure: "HTTP 500" });
    played.circuit.check("fail");
  }
  assert.deepEqual([played.circuit.kind, played.changes, played.world.timers], ["closed", [], 0]);
  assert.equal(played.circuit.tryTrial(), undefined);
});

test("a call that waited for a link is held to its pass: in a later generation it is refused", () => {
  const played = stage();
  const pass = played.circuit.admit();
  played.circuit.require(pass);
  played.calls(5, "fail");
  assert.throws(() => played.circuit.require(pass), { code: "BREAKER_OPEN", retryAfterMs: 5_000 });
  played.world.advance(5_000);
  const trial = played.circuit.admit();
  played.circuit.require(trial);
  assert.throws(() => played.circuit.require(pass), { code: "BREAKER_OPEN" });
});

test("a probe asked before the breaker changed decides nothing when it fails", () => {
  const played = stage();
  const askedIn = played.circuit.generation;
  played.calls(5, "fail");
  played.world.advance(5_000);
  played.circuit.check("fail", askedIn);
  assert.equal(played.circuit.kind, "half_open");
  played.circuit.check("fail");
  assert.equal(played.circuit.kind, "open");
});
