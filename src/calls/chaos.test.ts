import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChaosRequest } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { newCall, OK, targetOf } from "./call.fixture.ts";
import type { Call, Handler } from "./call.ts";
import { Chaos } from "./chaos.ts";

const request = (kind: ChaosRequest["kind"], more: Partial<ChaosRequest> = {}): ChaosRequest => ({
  kind,
  ratio: 1,
  forMs: 60_000,
  latencyMs: 1_000,
  ...more,
});

function stage(dice?: number) {
  const world = handWorld(dice);
  const ended: string[] = [];
  const chaos = new Chaos({ world, onEnded: (server) => ended.push(server) });
  const sent: string[] = [];
  const next: Handler = async (call) => {
    sent.push(call.target?.server ?? "");
    call.attempts++;
    return OK;
  };
  const run = (server = "files"): { call: Call; outcome: Promise<unknown> } => {
    const call = newCall(world);
    call.target = targetOf(server);
    return { call, outcome: chaos.layer(next)(call) };
  };
  return { world, chaos, ended, sent, run };
}

const gone = new Fault("CANCELLED", "The caller went away.");

test("without a drill a call passes untouched", async () => {
  const { run, sent } = stage();
  assert.equal(await run().outcome, OK);
  assert.deepEqual(sent, ["files"]);
});

test("a drill meets the calls of its own server only", async () => {
  const { chaos, run, sent } = stage();
  chaos.start("mail", request("error"));
  assert.equal(await run("files").outcome, OK);
  await assert.rejects(run("mail").outcome);
  assert.deepEqual(sent, ["files"]);
});

test("an injected error says that it was injected and that nothing was sent, and counts as an attempt", async () => {
  const { chaos, run, sent } = stage();
  chaos.start("files", request("error"));
  const { call, outcome } = run();
  await assert.rejects(outcome, (fault: Fault) => {
    assert.deepEqual([fault.code, fault.server, fault.circumstance], ["UPSTREAM_UNAVAILABLE", "files", undefined]);
    assert.match(fault.message, /^files .*injected.*nothing was sent/);
    return true;
  });
  assert.deepEqual([sent, call.attempts], [[], 1]);
});

test("injected latency comes before the call, which is then sent", async () => {
  const { world, chaos, run, sent } = stage();
  chaos.start("files", request("latency", { latencyMs: 250 }));
  const { outcome } = run();
  world.advance(249);
  await settle();
  assert.deepEqual(sent, []);
  world.advance(1);
  assert.equal(await outcome, OK);
  assert.deepEqual(sent, ["files"]);
});

test("a call that is cancelled during injected latency is never sent", async () => {
  const { world, chaos, run, sent } = stage();
  chaos.start("files", request("latency"));
  const { call, outcome } = run();
  call.control.abort(gone);
  await assert.rejects(outcome, gone);
  world.advance(1_000);
  await settle();
  assert.deepEqual(sent, []);
});

test("a call that hangs ends when it is cancelled, and outlasts the drill", async () => {
  const { world, chaos, run, sent } = stage();
  chaos.start("files", request("hang", { forMs: 1_000 }));
  const { call, outcome } = run();
  let ended = false;
  const rejected = assert.rejects(outcome, gone).then(() => {
    ended = true;
  });
  world.advance(10_000);
  await settle();
  assert.equal(ended, false);
  call.control.abort(gone);
  await rejected;
  assert.deepEqual([sent, call.attempts], [[], 1]);
});

test("a call that was cancelled before it could hang ends at once", async () => {
  const { world, chaos } = stage();
  chaos.start("files", request("hang"));
  const call = newCall(world);
  call.target = targetOf("files");
  call.control.abort(gone);
  await assert.rejects(chaos.layer(async () => OK)(call), gone);
});

test("an injected reset sends the call and throws its answer away", async () => {
  const { chaos, run, sent } = stage();
  chaos.start("files", request("reset"));
  const { call, outcome } = run();
  await assert.rejects(outcome, (fault: Fault) => {
    assert.deepEqual([fault.code, fault.circumstance], ["OUTCOME_UNKNOWN", { sent: true }]);
    assert.match(fault.message, /^files .*injected/);
    return true;
  });
  assert.deepEqual([sent, call.attempts], [["files"], 1]);
});

test("the ratio is the share of calls that meet the drill", async () => {
  for (const [dice, ratio, met] of [
    [0.49, 0.5, true],
    [0.5, 0.5, false],
    [0, 0, false],
    [0.999, 1, true],
  ] as const) {
    const { chaos, run } = stage(dice);
    chaos.start("files", request("error", { ratio }));
    const outcome = await run().outcome.catch(() => "met");
    assert.equal(outcome === "met", met, `dice ${dice}, ratio ${ratio}`);
  }
});

test("a drill is seen while it lasts, ends by itself and says so once", async () => {
  const { world, chaos, run, ended } = stage();
  assert.equal(chaos.of("files"), null);
  chaos.start("files", request("error", { ratio: 0.7, forMs: 5_000 }));
  assert.deepEqual(chaos.of("files"), { kind: "error", ratio: 0.7, until: world.wall() + 5_000 });
  world.advance(4_999);
  assert.deepEqual(ended, []);
  world.advance(1);
  assert.deepEqual([ended, chaos.of("files"), world.timers], [["files"], null, 0]);
  assert.equal(await run().outcome, OK);
});

test("a drill that a person stops is over at once, and its time is not told any more", async () => {
  const { world, chaos, run, ended } = stage();
  chaos.start("files", request("error"));
  assert.deepEqual([chaos.stop("files"), chaos.stop("files")], [true, false]);
  assert.equal(await run().outcome, OK);
  world.advance(60_000);
  assert.deepEqual([ended, world.timers], [[], 0]);
});

test("a new drill replaces the one before, with a time of its own", () => {
  const { world, chaos, ended } = stage();
  chaos.start("files", request("error", { forMs: 1_000 }));
  world.advance(500);
  chaos.start("files", request("hang", { forMs: 1_000 }));
  world.advance(999);
  assert.equal(chaos.of("files")?.kind, "hang");
  world.advance(1);
  assert.deepEqual(ended, ["files"]);
});
