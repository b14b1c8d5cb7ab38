import assert from "node:assert/strict";
import { test } from "node:test";
import { type Circumstance, Fault, type FaultCode } from "#contract/fault.ts";
import { handWorld } from "#lib/hand-world.ts";
import type { Pass, Verdict } from "#policy/breaker-state.ts";
import { newCall, OK, replyOf, targetOf } from "./call.fixture.ts";
import type { Call, Handler } from "./call.ts";
import { type Circuit, guard } from "./guard.ts";

const fault = (code: FaultCode, circumstance?: Circumstance): Fault =>
  new Fault(code, "files: it happened", circumstance === undefined ? {} : { circumstance });

interface Settled {
  readonly pass: Pass;
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly failure: string | null;
}

/** A breaker that lets everybody in and writes down what comes back. */
function stage({ stalledMs = 0 } = {}) {
  const world = Object.assign(handWorld(), { stalledMs: () => stalledMs });
  const settled: Settled[] = [];
  const servers: string[] = [];
  let passes = 40;
  const breaker: Circuit = {
    kind: "closed",
    admit: () => ++passes,
    settle: (pass, end) => void settled.push({ pass, ...end }),
    passed: (pass, durationMs) => void settled.push({ pass, verdict: "pass", durationMs, failure: null }),
  };
  let present: Circuit | undefined = breaker;
  const layer = guard({
    world,
    circuit: (server) => {
      servers.push(server);
      return present;
    },
  });
  const newTarget = targetOf("files", { timeoutMs: 1_000 });
  return {
    world,
    settled,
    servers,
    breaker,
    remove: () => {
      present = undefined;
    },
    run(next: Handler) {
      const call = newCall(world);
      call.target = newTarget;
      return { call, outcome: layer(next)(call) };
    },
  };
}

/** An attempt that reached a link, took so long, and ended so. */
const attempt =
  (world: { advance(ms: number): void }, end: () => ReturnType<Handler>, tookMs = 20): Handler =>
  async (call) => {
    call.attempts++;
    world.advance(tookMs);
    return end();
  };

const rejecting = (error: unknown) => () => Promise.reject(error);

type Ending = readonly [what: string, end: () => ReturnType<Handler>, verdict: Verdict, stalledMs?: number];
const ENDINGS: readonly Ending[] = [
  ["a result", async () => OK, "pass"],
  ["a tool error", async () => replyOf({ result: { isError: true, content: [] } }), "pass"],
  ["wrong parameters", async () => replyOf({ error: { code: -32_602, message: "no" } }), "pass"],
  ["an internal error of the server", async () => replyOf({ error: { code: -32_603, message: "no" } }), "fail"],
  ["an error without a code", async () => replyOf({ error: { message: "no" } }), "pass"],
  ["an error that is no object", async () => replyOf({ error: "no" }), "pass"],
  ["a time-out", rejecting(fault("UPSTREAM_TIMEOUT")), "fail"],
  ["a time-out while this process stood still", rejecting(fault("UPSTREAM_TIMEOUT")), "none", 500],
  ["garbage", rejecting(fault("UPSTREAM_PROTOCOL")), "fail"],
  ["too many requests", rejecting(fault("UPSTREAM_UNAVAILABLE", { status: 429 })), "soft"],
  ["a lost link", rejecting(fault("OUTCOME_UNKNOWN", { linkLost: true })), "none"],
  ["the caller's abort", rejecting(fault("CANCELLED")), "none"],
  ["a bug", rejecting(new TypeError("a bug")), "none"],
  ["something thrown that is no error", rejecting("no error at all"), "none"],
];

for (const [what, end, verdict, stalledMs = 0] of ENDINGS) {
  test(`an attempt that ends with ${what} is settled once, as ${verdict}`, async () => {
    const { world, settled, run } = stage({ stalledMs });
    const { outcome } = run(attempt(world, end));
    await outcome.catch(() => {});
    assert.equal(settled.length, 1);
    const { pass, verdict: told, durationMs, failure } = settled[0] as Settled;
    assert.deepEqual([pass, told, durationMs], [41, verdict, 20]);
    assert.equal(failure !== null, verdict === "fail", `${failure}`);
  });
}

test("what the attempt answered or threw passes through untouched", async () => {
  const { world, run } = stage();
  const reply = replyOf({ result: { a: 1 } });
  assert.equal(await run(attempt(world, async () => reply)).outcome, reply);
  const error = fault("UPSTREAM_TIMEOUT");
  await assert.rejects(run(attempt(world, rejecting(error))).outcome, (thrown) => thrown === error);
});

test("an attempt that never reached a link says nothing, whatever its fault", async () => {
  const { settled, run } = stage();
  await assert.rejects(run(rejecting(fault("UPSTREAM_UNAVAILABLE"))).outcome, { code: "UPSTREAM_UNAVAILABLE" });
  assert.deepEqual(settled, [{ pass: 41, verdict: "none", durationMs: 0, failure: null }]);
});

test("attempts made before count for the one they belonged to", async () => {
  const { settled, run } = stage();
  const { call, outcome } = run(async (made: Call) => {
    made.attempts = 2;
    throw fault("UPSTREAM_TIMEOUT");
  });
  await assert.rejects(outcome);
  assert.equal(call.attempts, 2);
  assert.equal(settled[0]?.verdict, "fail");
});

test("a layer that throws before it returns a promise settles its pass too", async () => {
  const { settled, run } = stage();
  const { outcome } = run(() => {
    throw fault("UPSTREAM_TIMEOUT");
  });
  await assert.rejects(outcome, { code: "UPSTREAM_TIMEOUT" });
  assert.equal(settled.length, 1);
});

test("a breaker that refuses is not settled, and nothing is tried", async () => {
  const { breaker, settled, run } = stage();
  breaker.admit = () => {
    throw fault("BREAKER_OPEN");
  };
  let tried = false;
  const { outcome } = run(async () => {
    tried = true;
    return OK;
  });
  await assert.rejects(outcome, { code: "BREAKER_OPEN" });
  assert.deepEqual([tried, settled.length], [false, 0]);
});

test("a breaker that is replaced during a call hears its end all the same; without one the call passes", async () => {
  const { world, settled, servers, remove, run } = stage();
  const { outcome } = run(
    attempt(world, async () => {
      remove();
      return OK;
    }),
  );
  await outcome;
  assert.equal(settled.length, 1);
  assert.equal(await run(attempt(world, async () => OK)).outcome, OK);
  assert.equal(settled.length, 1);
  assert.deepEqual(servers, ["files", "files"]);
});

test("the time of an attempt is told, so that slow calls can be seen, less the time in which we stood still", async () => {
  const slow = stage();
  await slow.run(attempt(slow.world, async () => OK, 31_000)).outcome;
  assert.equal(slow.settled[0]?.durationMs, 31_000);
  const stalled = stage({ stalledMs: 30_000 });
  await stalled.run(attempt(stalled.world, async () => OK, 31_000)).outcome;
  assert.equal(stalled.settled[0]?.durationMs, 1_000);
});

test("what went wrong is told in words", async () => {
  const { world, settled, run } = stage();
  await run(attempt(world, rejecting(fault("UPSTREAM_TIMEOUT")))).outcome.catch(() => {});
  await run(attempt(world, async () => replyOf({ error: { code: -32_603, message: "secret" } }))).outcome;
  assert.equal(settled[0]?.failure, "files: it happened");
  assert.match(settled[1]?.failure ?? "", /^it answered a call with the JSON-RPC error -32603$/);
});

test("the call carries its own pass while it is under way", async () => {
  const { run } = stage();
  const seen: (Pass | undefined)[] = [];
  const next: Handler = async (call) => {
    seen.push(call.pass);
    return OK;
  };
  await run(next).outcome;
  await run(next).outcome;
  assert.deepEqual(seen, [41, 42]);
});
