import assert from "node:assert/strict";
import { test } from "node:test";
import { Cancellation } from "#lib/cancel.ts";
import { settle } from "#lib/hand-world.ts";
import { away, gone, holding, many, textsOf } from "./coalesce.fixture.ts";
import { MAX_WAITERS } from "./coalesce.ts";
import { type Outcome, textOf, textReply } from "./stage.fixture.ts";

test("a promoted call can still be cancelled, and the next one takes over", async () => {
  const stage = holding();
  const [leader, second, third] = many(stage, 3) as [Outcome, Outcome, Outcome];
  leader.call.control.abort(gone());
  await assert.rejects(leader.reply);
  second.call.control.abort(gone());
  await assert.rejects(second.reply, { code: "CANCELLED" });
  stage.held[2]?.answer(textReply("three"));
  assert.equal(textOf(await third.reply), "three");
});

test("a promoted call keeps its own deadline, counted from its own start", async () => {
  const stage = holding();
  const leader = stage.start();
  stage.world.advance(3_000);
  const second = stage.start();
  leader.call.control.abort(gone());
  await assert.rejects(leader.reply);
  stage.world.advance(4_999);
  await settle();
  assert.equal(second.call.control.aborted, false);
  stage.world.advance(1);
  await assert.rejects(second.reply, { code: "UPSTREAM_TIMEOUT" });
});

test("a promoted call has its time moved by progress like any that asks for itself", async () => {
  const stage = holding();
  const [leader, second] = many(stage, 2) as [Outcome, Outcome];
  leader.call.control.abort(gone());
  await assert.rejects(leader.reply);
  stage.world.advance(4_000);
  second.call.budget?.extend(stage.world.now());
  stage.world.advance(4_999);
  stage.held[1]?.answer(textReply("late"));
  assert.equal(textOf(await second.reply), "late");
});

test("who waits has a deadline of its own that ends neither the question nor the others' waiting", async () => {
  const stage = holding();
  const leader = stage.start({ timeoutMs: 5_000 });
  const [hasty, patient] = [stage.start({ timeoutMs: 100 }), stage.start({ timeoutMs: 5_000 })];
  stage.world.advance(99);
  await settle();
  assert.equal(stage.records.length, 0);
  stage.world.advance(1);
  await assert.rejects(hasty.reply, { code: "UPSTREAM_TIMEOUT", message: /within 100 ms\.$/ });
  stage.held[0]?.answer(textReply("one"));
  assert.deepEqual(await textsOf([leader, patient]), ["one", "one"]);
});

test("who waits may leave, which ends neither the question nor the others' waiting", async () => {
  const stage = holding();
  const [leader, leaving, staying] = many(stage, 3) as [Outcome, Outcome, Outcome];
  leaving.call.control.abort(gone());
  await assert.rejects(leaving.reply, { code: "CANCELLED" });
  assert.equal(leader.call.control.aborted, false);
  stage.held[0]?.answer(textReply("one"));
  assert.deepEqual(await textsOf([leader, staying]), ["one", "one"]);
});

test("a call that was cancelled before it came to wait does not wait", async () => {
  const stage = holding();
  stage.start();
  const { call, reply } = stage.start();
  const control = new Cancellation();
  control.abort(gone());
  const cancelled = stage.start({ control });
  await assert.rejects(cancelled.reply, { code: "CANCELLED" });
  stage.held[0]?.answer(textReply("one"));
  await reply;
  assert.equal(call.disposition, "coalesced");
});

test("who stands in line behind a full question has its own deadline and cancellation too", async () => {
  const stage = holding();
  const front = many(stage, 1 + MAX_WAITERS);
  const [hasty, leaving, staying] = [{ timeoutMs: 100 }, {}, {}].map((asking) => stage.start(asking)) as [
    Outcome,
    Outcome,
    Outcome,
  ];
  leaving.call.control.abort(gone());
  await assert.rejects(leaving.reply, { code: "CANCELLED" });
  stage.world.advance(100);
  await assert.rejects(hasty.reply, { code: "UPSTREAM_TIMEOUT" });
  stage.held[0]?.answer(textReply("one"));
  assert.equal(textOf(await staying.reply), "one");
  await textsOf(front);
  assert.equal(stage.held.length, 1);
});

test("the line moves up when the one that asks leaves", async () => {
  const stage = holding();
  const calls = many(stage, 300);
  const [leader, ...others] = calls as [Outcome, ...Outcome[]];
  leader.call.control.abort(gone());
  await assert.rejects(leader.reply);
  await settle();
  assert.equal(stage.held.length, 2);
  stage.held[1]?.answer(textReply("two"));
  assert.deepEqual(new Set(await textsOf(others)), new Set(["two"]));
  assert.equal(stage.held.length, 2);
});

test("who comes after an invalidation asks anew, and who came before gets the answer it asked for", async () => {
  const stage = holding();
  const before = many(stage, 2);
  stage.cache.invalidate({ server: "files" }, "person");
  const after = many(stage, 2);
  assert.equal(stage.held.length, 2);
  stage.held[0]?.answer(textReply("old"));
  assert.deepEqual(await textsOf(before), ["old", "old"]);
  assert.equal(stage.cache.counts().entries, 0);
  stage.held[1]?.answer(textReply("new"));
  assert.deepEqual(await textsOf(after), ["new", "new"]);
  assert.equal(textOf((await stage.ask()).reply), "new");
});

test("who takes over after an invalidation asks anew, so its answer is kept and shared with who comes then", async () => {
  const stage = holding();
  const [leader, second] = many(stage, 2) as [Outcome, Outcome];
  stage.cache.invalidate({}, "person");
  leader.call.control.abort(gone());
  await assert.rejects(leader.reply);
  const third = stage.start();
  assert.equal(stage.held.length, 2);
  stage.held[1]?.answer(textReply("new"));
  assert.deepEqual(await textsOf([second, third]), ["new", "new"]);
  assert.equal((await stage.ask()).call.disposition, "hit");
});

test("a question that ends late does not hide the one that followed it", async () => {
  const stage = holding();
  const old = stage.start();
  stage.cache.invalidate({}, "person");
  stage.start();
  stage.held[0]?.answer(textReply("old"));
  await old.reply;
  const third = stage.start();
  assert.equal(stage.held.length, 2);
  stage.held[1]?.answer(textReply("new"));
  assert.equal(textOf(await third.reply), "new");
});

test("nobody waits and no timer runs when all is over", async () => {
  const stage = holding();
  const idle = stage.world.timers;
  const calls = many(stage, 10);
  calls[3]?.call.control.abort(gone());
  stage.held[0]?.fail(away());
  await settle();
  stage.held[1]?.answer(textReply("two"));
  await Promise.allSettled(calls.map(({ reply }) => reply));
  stage.world.advance(6_000);
  assert.equal(stage.world.timers, idle);
  assert.equal(stage.records.length, 10);
  const { hits, stale, coalesced, upstream, faults, calls: all } = stage.cache.counts();
  assert.equal(hits + stale + coalesced + upstream + faults, all);
  assert.deepEqual([coalesced, upstream, faults], [7, 1, 2]);
});
