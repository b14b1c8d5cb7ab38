import assert from "node:assert/strict";
import { test } from "node:test";
import { replyOf } from "#calls/call.fixture.ts";
import { Fault, isFault } from "#contract/fault.ts";
import { borrowBuffer } from "#lib/buffer-pool.ts";
import { settle } from "#lib/hand-world.ts";
import type { JsonObject } from "#lib/json.ts";
import { scanReply } from "#mcp/scan.ts";
import type { Reply } from "#upstream/transport.ts";
import { away, dispositions, gone, holding, many, textsOf } from "./coalesce.fixture.ts";
import { MAX_WAITERS } from "./coalesce.ts";
import { type Outcome, outcomeOf, textOf, textReply } from "./stage.fixture.ts";

test("equal calls in flight share one question and one answer", async () => {
  const stage = holding();
  const calls = many(stage, 3);
  assert.equal(stage.held.length, 1);
  stage.held[0]?.answer(textReply("one"));
  assert.deepEqual(await textsOf(calls), ["one", "one", "one"]);
  assert.deepEqual(dispositions(calls), { miss: 1, coalesced: 2 });
  const { calls: all, coalesced, upstream, hitRate } = stage.cache.counts();
  assert.deepEqual([all, coalesced, upstream, hitRate], [3, 2, 1, 2 / 3]);
});

test("500 equal calls at once are one question to the server: 256 wait for it, the rest find its answer kept", async () => {
  const stage = holding();
  const calls = many(stage, 500);
  await settle();
  assert.equal(stage.held.length, 1);
  stage.held[0]?.answer(textReply("one"));
  assert.deepEqual(new Set(await textsOf(calls)), new Set(["one"]));
  assert.equal(stage.held.length, 1);
  assert.deepEqual(dispositions(calls), { miss: 1, coalesced: MAX_WAITERS, hit: 500 - 1 - MAX_WAITERS });
  assert.equal(stage.cache.counts().calls, 500);
});

test("an answer that cannot be kept reaches 257 calls at most: 500 equal calls are two questions then, one after the other", async () => {
  const stage = holding();
  const calls = many(stage, 500);
  await settle();
  for (const nth of [0, 1]) {
    assert.equal(stage.held.length, nth + 1);
    stage.held[nth]?.answer(replyOf({ result: { isError: true, content: [{ type: "text", text: `no ${nth}` }] } }));
    await settle();
  }
  const texts = await textsOf(calls);
  assert.deepEqual(
    [texts.filter((it) => it === "no 0").length, texts.filter((it) => it === "no 1").length],
    [257, 243],
  );
  assert.equal(stage.held.length, 2);
});

test("questions that differ are asked one each", async () => {
  const stage = holding();
  for (const path of ["x", "y", "x"]) stage.start({ arguments: { path } });
  assert.equal(stage.held.length, 2);
});

test("whoever asked for a fresh answer neither shares a question nor is waited for", async () => {
  const stage = holding();
  stage.start();
  stage.start({ request: "refresh" });
  stage.start({ request: "bypass" });
  assert.equal(stage.held.length, 3);
});

test("when the one that asks leaves, the next takes its place and the others wait for that", async () => {
  const stage = holding();
  const [leader, ...others] = many(stage, 4) as [Outcome, ...Outcome[]];
  leader.call.control.abort(gone());
  await assert.rejects(leader.reply, { code: "CANCELLED" });
  assert.equal(stage.held.length, 2);
  assert.equal(stage.held[1]?.call, others[0]?.call);
  stage.held[1]?.answer(textReply("two"));
  assert.deepEqual(await textsOf(others), ["two", "two", "two"]);
  assert.deepEqual(dispositions(others), { miss: 1, coalesced: 2 });
  assert.equal((await stage.ask()).call.disposition, "hit", "it is kept under its own stamp");
});

test("callers may leave one after the other as often as there are any", async () => {
  const stage = holding();
  const calls = many(stage, 5);
  for (const { call, reply } of calls.slice(0, 4)) {
    call.control.abort(gone());
    await assert.rejects(reply, { code: "CANCELLED" });
  }
  assert.equal(stage.held.length, 5);
  stage.held[4]?.answer(textReply("last"));
  assert.equal(textOf(await (calls[4] as Outcome).reply), "last");
});

test("a failure promotes one of those who wait, once: its failure is theirs", async () => {
  const stage = holding();
  const calls = many(stage, 4);
  const outcomes = Promise.allSettled(calls.map(({ reply }) => reply));
  stage.held[0]?.fail(away());
  await settle();
  assert.equal(stage.held.length, 2);
  const second = new Fault("UPSTREAM_TIMEOUT", "files is slow");
  stage.held[1]?.fail(second);
  const reasons = (await outcomes).map((it) => (it.status === "rejected" ? it.reason : it));
  assert.deepEqual(
    reasons.map(({ code }) => code),
    ["UPSTREAM_UNAVAILABLE", ...Array(3).fill("UPSTREAM_TIMEOUT")],
  );
  assert.equal(stage.held.length, 2);
  const { calls: all, faults, misses } = stage.cache.counts();
  assert.deepEqual([all, faults, misses], [4, 4, 4]);
});

test("leaving does not use up the one promotion after a failure", async () => {
  const stage = holding();
  const calls = many(stage, 4);
  calls[0]?.call.control.abort(gone());
  await assert.rejects((calls[0] as Outcome).reply);
  stage.held[1]?.fail(away());
  await assert.rejects((calls[1] as Outcome).reply);
  stage.held[2]?.answer(textReply("three"));
  assert.deepEqual(await textsOf(calls.slice(2)), ["three", "three"]);
});

test("a bug while asking is everybody's, told as INTERNAL after one more try", async () => {
  const stage = holding();
  const calls = many(stage, 3);
  const outcomes = Promise.allSettled(calls.map(({ reply }) => reply));
  stage.held[0]?.fail(new TypeError("bug"));
  await settle();
  stage.held[1]?.fail(new TypeError("bug"));
  for (const it of await outcomes) assert.ok(it.status === "rejected" && isFault(it.reason, "INTERNAL"));
});

/** A reply in a buffer that goes back to the pool. */
function lent(text: string, more: JsonObject = {}): Reply {
  const { bytes } = replyOf({ result: { content: [{ type: "text", text }], ...more } });
  const borrowed = borrowBuffer(bytes.length);
  bytes.copy(borrowed);
  return { bytes: borrowed, scan: scanReply(borrowed) as Reply["scan"] };
}

test("a lent buffer goes back when the answer lands, and nobody who shares the answer reads it afterwards", async () => {
  const stage = holding();
  const calls = many(stage, 4);
  const text = "x".repeat(20_000);
  const reply = lent(text);
  stage.held[0]?.answer(reply);
  await Promise.all(calls.map((it) => it.reply));
  const next = borrowBuffer(reply.bytes.length);
  assert.equal(next.buffer, reply.bytes.buffer, "it went back to the pool");
  next.fill("y");
  assert.deepEqual(new Set(await textsOf(calls)), new Set([text]));
  const hit = await stage.ask();
  assert.deepEqual([hit.call.disposition, textOf(hit.reply)], ["hit", text]);
  assert.notEqual(borrowBuffer(reply.bytes.length).buffer, next.buffer, "it went back once");
});

test("a lent buffer that nobody shares stays with the call, and what is kept is a copy", async () => {
  const stage = holding();
  const { reply } = stage.start();
  const given = lent("z".repeat(20_000));
  stage.held[0]?.answer(given);
  assert.equal((await reply).bytes, given.bytes);
  given.bytes.fill("y");
  const hits = [await stage.ask(), await stage.ask()];
  for (const hit of hits) assert.equal(textOf(hit.reply), "z".repeat(20_000));
  assert.notEqual(hits[0]?.reply.bytes.buffer, hits[1]?.reply.bytes.buffer, "each has its own");
});

test("a lent buffer whose answer is not kept stays with the call, whose caller hands it back", async () => {
  const stage = holding();
  const { reply } = stage.start();
  const given = lent("z".repeat(20_000), { isError: true });
  stage.held[0]?.answer(given);
  assert.equal((await reply).bytes, given.bytes);
  assert.notEqual(borrowBuffer(given.bytes.length).buffer, given.bytes.buffer);
});

test("a shared error passes to all and is not kept", async () => {
  const stage = holding();
  const calls = many(stage, 2);
  stage.held[0]?.answer(replyOf({ error: { code: -32000, message: "no" } }));
  for (const { reply } of calls) assert.deepEqual(outcomeOf(await reply), { code: -32000, message: "no" });
  const { entries, refused } = stage.cache.counts();
  assert.deepEqual([entries, refused], [0, { error: 1 }]);
});
