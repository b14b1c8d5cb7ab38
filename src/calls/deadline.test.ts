import assert from "node:assert/strict";
import { test } from "node:test";
import { type HandWorld, handWorld } from "#lib/hand-world.ts";
import type { Reply } from "#upstream/transport.ts";
import { newCall, OK, targetOf } from "./call.fixture.ts";
import type { Call, Layer } from "./call.ts";
import { deadline, HARD_MAXIMUM_MS } from "./deadline.ts";

interface Stage {
  readonly world: HandWorld;
  readonly call: Call;
  readonly answer: (reply: Reply) => void;
  readonly outcome: Promise<Reply>;
}

function stage(timeoutMs: number, layer?: { world: HandWorld; layer: Layer }): Stage {
  const world = layer?.world ?? handWorld();
  const call = newCall(world);
  call.target = targetOf("files", { timeoutMs });
  const next = Promise.withResolvers<Reply>();
  call.control.addEventListener("abort", () => next.reject(call.control.reason));
  const outcome = (layer?.layer ?? deadline({ world }))(() => next.promise)(call);
  return { world, call, answer: next.resolve, outcome };
}

test("a call that is answered in time passes, and its timer ends with it", async () => {
  const { world, answer, outcome, call } = stage(5_000);
  world.advance(4_999);
  answer(OK);
  assert.equal(await outcome, OK);
  world.advance(HARD_MAXIMUM_MS);
  assert.equal(call.control.aborted, false);
});

test("a call that is not answered in time is cancelled with a fault that says what may have happened", async () => {
  const waiting = stage(5_000);
  waiting.call.attempts = 1;
  waiting.world.advance(5_000);
  await assert.rejects(waiting.outcome, {
    code: "UPSTREAM_TIMEOUT",
    server: "files",
    message:
      "files did not answer files__read within 5000 ms. It was asked to cancel; the call may still have taken effect.",
  });
  const unsent = stage(5_000);
  unsent.world.advance(5_000);
  await assert.rejects(unsent.outcome, { message: "files did not answer files__read within 5000 ms." });
});

test("the budget counts from the start of the call, not from this layer", async () => {
  const world = handWorld();
  const call = newCall(world);
  call.target = targetOf("files", { timeoutMs: 1_000 });
  world.advance(900);
  const never = new Promise<Reply>(() => {});
  void deadline({ world })(() => never)(call);
  world.advance(99);
  assert.equal(call.control.aborted, false);
  world.advance(1);
  assert.equal(call.control.aborted, true);
});

test("progress moves the deadline, but not beyond the hard maximum", async () => {
  const { world, call, outcome } = stage(60_000);
  const ended = assert.rejects(outcome, { code: "UPSTREAM_TIMEOUT" });
  while (world.now() < HARD_MAXIMUM_MS - 1) {
    assert.equal(call.control.aborted, false);
    world.advance(Math.min(50_000, HARD_MAXIMUM_MS - 1 - world.now()));
    call.budget?.extend(world.now());
  }
  assert.equal(call.control.aborted, false);
  world.advance(1);
  await ended;
});

test("many calls share the layer, and each ends at its own time", async () => {
  const world = handWorld();
  const layer = deadline({ world });
  const calls = [300, 100, 200].map((timeoutMs) => stage(timeoutMs, { world, layer }));
  const outcomes = calls.map(({ outcome }) => outcome.catch(() => world.now()));
  assert.ok(world.timers <= 1);
  for (let ms = 0; ms < 300; ms += 50) {
    world.advance(50);
    await new Promise(setImmediate);
  }
  assert.deepEqual(await Promise.all(outcomes), [300, 100, 200]);
});
