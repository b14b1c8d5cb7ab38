import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "#contract/fault.ts";
import { Cancellation } from "#lib/cancel.ts";
import { settle } from "#lib/hand-world.ts";
import { callOf, cancelled, LIMITS, many, outcomes, stage, type Visit } from "./bulkhead.fixture.ts";

test("calls run at once up to the limit, and the next begins when one has ended", async () => {
  const { visit, load } = stage();
  const [a, b, c] = many(3, visit) as [Visit, Visit, Visit];
  assert.deepEqual(outcomes([a, b, c]), ["running", "running", "waiting"]);
  assert.deepEqual(load(), { inFlight: 2, queued: 1 });
  await a.answer();
  assert.deepEqual(outcomes([a, b, c]), ["done", "running", "running"]);
  await b.answer();
  await c.answer();
  assert.deepEqual(load(), { inFlight: 0, queued: 0 });
});

test("a call that finds a free slot costs no timer and no listener", async () => {
  const { world, visit } = stage();
  const control = new Cancellation();
  control.addEventListener = () => assert.fail("a listener");
  const made = visit("ann", control);
  assert.deepEqual([made.outcome, world.timers], ["running", 0]);
  await made.answer();
  assert.deepEqual([made.outcome, world.timers], ["done", 0]);
});

test("one principal has no more than its share, while others still find slots", async () => {
  const { visit } = stage({ inFlight: 4, perPrincipal: 2 });
  const ann = many(3, () => visit("ann"));
  const bob = many(3, () => visit("bob"));
  assert.deepEqual(outcomes(ann), ["running", "running", "waiting"]);
  assert.deepEqual(outcomes(bob), ["running", "running", "waiting"]);
  await ann[0]?.answer();
  assert.deepEqual(outcomes([...ann, ...bob]), ["done", "running", "running", "running", "running", "waiting"]);
});

test("a call that fails gives its slot back too", async () => {
  const { world, bulkheads, load } = stage();
  const call = callOf(world);
  await assert.rejects(bulkheads.layer(() => Promise.reject(new Error("no")))(call));
  assert.deepEqual(load(), { inFlight: 0, queued: 0 });
});

test("a full queue refuses at once, and says which server, how much runs and when to come back", () => {
  const { world, visit } = stage();
  const visits = many(7, visit);
  return settle().then(() => {
    assert.deepEqual(outcomes(visits).slice(5), ["waiting", "OVERLOADED"]);
    const { fault } = visits[6] as Visit;
    assert.deepEqual([fault?.server, fault?.retryAfterMs], ["files", 4_500]);
    assert.equal(
      fault?.message,
      "files is busy: 2 calls are running there and 4 are waiting (of this caller: 2 and 4). Nothing was sent; try again in 5 s.",
    );
    assert.equal(world.now(), 0);
  });
});

test("a server without a queue refuses what does not run at once", async () => {
  const { visit } = stage({ queue: 0 });
  const visits = [visit("ann"), visit("ann"), visit("ann"), visit("bob")];
  await settle();
  assert.deepEqual(outcomes(visits), ["running", "running", "OVERLOADED", "OVERLOADED"]);
});

test("a wait ends with its time, and all waits share one timer", async () => {
  const { world, visit, load } = stage();
  const [, , early] = many(3, visit) as [Visit, Visit, Visit];
  world.advance(1_000);
  const late = visit();
  assert.equal(world.timers, 1);
  world.advance(1_999);
  await settle();
  assert.deepEqual(outcomes([early, late]), ["waiting", "waiting"]);
  world.advance(1);
  await settle();
  assert.deepEqual(outcomes([early, late]), ["OVERLOADED", "waiting"]);
  world.advance(1_000);
  await settle();
  assert.deepEqual(outcomes([early, late]), ["OVERLOADED", "OVERLOADED"]);
  assert.deepEqual(load(), { inFlight: 2, queued: 0 });
});

test("a call that is cancelled in the queue ends with the reason and frees its place", async () => {
  const { visit, load } = stage({ queue: 2 });
  const [first, , leaves, stays] = many(4, visit) as [Visit, Visit, Visit, Visit];
  leaves.call.control.abort(cancelled());
  await settle();
  assert.deepEqual([leaves.outcome, load()], ["CANCELLED", { inFlight: 2, queued: 1 }]);
  const newcomer = visit();
  await settle();
  assert.equal(newcomer.outcome, "waiting");
  await first.answer();
  assert.deepEqual(outcomes([leaves, stays, newcomer]), ["CANCELLED", "running", "waiting"]);
});

test("a call whose deadline comes while it waits tells the deadline, not the queue", async () => {
  const { visit } = stage();
  const [, , waits] = many(3, visit) as [Visit, Visit, Visit];
  waits.call.control.abort(new Fault("UPSTREAM_TIMEOUT", "files did not answer in time."));
  await settle();
  assert.equal(waits.outcome, "UPSTREAM_TIMEOUT");
});

test("a call that was cancelled before it had to wait does not join the queue", async () => {
  const { world, bulkheads, visit, load } = stage();
  many(2, visit);
  const call = callOf(world, { principal: "bob" });
  call.control.abort(cancelled());
  await assert.rejects(bulkheads.layer(() => assert.fail("sent"))(call), { code: "CANCELLED" });
  assert.deepEqual(load(), { inFlight: 2, queued: 0 });
});

test("a call that is admitted and cancelled in one moment was admitted, and its slot comes back", async () => {
  const { settings, visit, load } = stage({ inFlight: 1 });
  const first = visit();
  const control = new Cancellation();
  // Heard before the queue hears it: a raised limit and a newcomer, which lets the waiting call go first.
  control.addEventListener("abort", () => {
    settings.now = LIMITS;
    visit("bob");
  });
  const admitted = visit("ann", control);
  control.abort(cancelled());
  await settle();
  assert.deepEqual([admitted.outcome, load()], ["running", { inFlight: 2, queued: 1 }]);
  await admitted.answer();
  await first.answer();
  assert.deepEqual([admitted.outcome, admitted.ends, load()], ["done", 1, { inFlight: 1, queued: 0 }]);
});

test("a wait that ended well leaves nothing to look through when its time would have come", async () => {
  const { world, visit } = stage({ inFlight: 1 });
  const first = visit();
  const second = visit();
  world.advance(1_000);
  const third = visit();
  await first.answer();
  await second.answer();
  assert.equal(third.outcome, "running");
  world.advance(2_000);
  assert.equal(world.timers, 0);
});

test("limits may change at any time: raised ones let waiting calls go first, lowered ones let running calls end", async () => {
  const { settings, visit, load } = stage({ inFlight: 1, perPrincipal: 9 });
  const visits = many(3, visit);
  settings.now = { ...LIMITS, inFlight: 3, perPrincipal: 9 };
  visits.push(visit("bob"));
  await settle();
  assert.deepEqual(outcomes(visits), ["running", "running", "running", "waiting"]);
  settings.now = { ...LIMITS, inFlight: 1, perPrincipal: 9 };
  await visits[0]?.answer();
  await visits[1]?.answer();
  assert.deepEqual(load(), { inFlight: 1, queued: 1 });
  await visits[2]?.answer();
  assert.deepEqual(outcomes(visits), ["done", "done", "done", "running"]);
});

test("who waits for a server that is removed goes on to be told so, and its slots are forgotten", async () => {
  const { settings, bulkheads, visit, load } = stage();
  const visits = many(5, visit);
  settings.now = undefined;
  bulkheads.forget("files");
  await settle();
  assert.deepEqual(outcomes(visits), Array(5).fill("running"));
  for (const it of visits) await it.answer();
  assert.deepEqual(load(), { inFlight: 0, queued: 0 });
});
