import assert from "node:assert/strict";
import { test } from "node:test";
import { replyOf } from "#calls/call.fixture.ts";
import { FAULTS, Fault, type FaultCode } from "#contract/fault.ts";
import { settle } from "#lib/hand-world.ts";
import { mayServeStale } from "#policy/cacheability.ts";
import { cacheMark } from "./mark.ts";
import { Stage, textOf, textReply } from "./stage.fixture.ts";

const REVALIDATED = { ttlMs: 100, staleWhileRevalidateMs: 50 };
const IF_ERROR = { ttlMs: 100, staleIfErrorMs: 1_000 };

test("past its time an answer is served at once while a fresh one is fetched behind it, once", async () => {
  const stage = new Stage({ cache: REVALIDATED });
  await stage.ask();
  stage.world.advance(100);
  stage.answers = undefined;
  for (const _ of [1, 2, 3]) {
    const { call, reply } = await stage.ask();
    assert.deepEqual([call.disposition, call.ageMs, textOf(reply)], ["stale", 100, "answer 0"]);
  }
  assert.equal(stage.held.length, 1);
  stage.held[0]?.answer(textReply("fresh"));
  await settle();
  const { call, reply } = await stage.ask();
  assert.deepEqual([call.disposition, textOf(reply)], ["hit", "fresh"]);
  const { calls, hits, stale, upstream, refreshes } = stage.cache.counts();
  assert.deepEqual([calls, hits, stale, upstream, refreshes], [5, 1, 3, 1, 1], "the refresh is nobody's call");
  assert.equal(stage.records.length, 5);
});

test("the fetch behind a stale answer outlives the call that caused it", async () => {
  const stage = new Stage({ cache: REVALIDATED });
  await stage.ask();
  stage.world.advance(120);
  stage.answers = undefined;
  const { call } = await stage.ask();
  call.control.abort(new Fault("CANCELLED", "The caller went away."));
  assert.equal(stage.held[0]?.call.control.aborted, false);
  assert.equal(stage.held[0]?.call.startedAt, 120, "it has the whole time of a call");
  assert.equal(stage.held[0]?.call.onMessage, undefined);
  stage.held[0]?.answer(textReply("fresh"));
  await settle();
  assert.equal(textOf((await stage.ask()).reply), "fresh");
});

test("a fetch behind a stale answer that fails leaves the old one where it is, and saves nothing", async () => {
  const stage = new Stage({ cache: { ...REVALIDATED, staleIfErrorMs: 1_000 } });
  stage.answers = () => {
    stage.world.advance(10);
    return textReply("old");
  };
  await stage.ask();
  stage.world.advance(100);
  stage.answers = () => Promise.reject(new Fault("UPSTREAM_UNAVAILABLE", "away"));
  for (const _ of [1, 2]) {
    assert.equal((await stage.ask()).call.disposition, "stale");
    await settle();
  }
  const { refreshes, stale, faults, savedMs, entries } = stage.cache.counts();
  assert.deepEqual(
    { refreshes, stale, faults, savedMs, entries },
    { refreshes: 2, stale: 2, faults: 0, savedMs: 20, entries: 1 },
  );
});

test("a fetch behind a stale answer brings nothing in once an invalidation came between", async () => {
  const stage = new Stage({ cache: REVALIDATED });
  await stage.ask();
  stage.world.advance(100);
  stage.answers = undefined;
  await stage.ask();
  stage.cache.invalidate({ server: "files" }, "person");
  stage.held[0]?.answer(textReply("overtaken"));
  await settle();
  assert.equal(stage.cache.counts().entries, 0);
  assert.deepEqual(stage.cache.counts().refused, { invalidated: 1 });
});

test("past the time for that too the server is asked as by a miss", async () => {
  const stage = new Stage({ cache: REVALIDATED });
  await stage.ask();
  stage.world.advance(150);
  assert.equal((await stage.ask()).call.disposition, "miss");
});

test("whoever comes when the time for stale answers is over waits for the fetch that is under way", async () => {
  const stage = new Stage({ cache: REVALIDATED });
  await stage.ask();
  stage.world.advance(149);
  stage.answers = undefined;
  await stage.ask();
  stage.world.advance(1);
  const late = stage.start();
  assert.equal(stage.held.length, 1);
  stage.held[0]?.answer(textReply("fresh"));
  assert.equal(textOf(await late.reply), "fresh");
  assert.equal(late.call.disposition, "coalesced");
});

const SERVED_FOR: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "UPSTREAM_UNAVAILABLE",
  "BREAKER_OPEN",
  "OVERLOADED",
  "UPSTREAM_TIMEOUT",
  "DEADLINE_EXCEEDED",
  "OUTCOME_UNKNOWN",
  "UPSTREAM_PROTOCOL",
  "SESSION_NOT_FOUND",
]);
for (const code of Object.keys(FAULTS) as FaultCode[]) {
  const isServed = SERVED_FOR.has(code);
  test(`${code} is ${isServed ? "answered with the last good answer, marked" : "never answered with an old answer"}`, async () => {
    assert.equal(mayServeStale(code), isServed);
    const stage = new Stage({ cache: IF_ERROR });
    await stage.ask();
    stage.world.advance(1_099);
    const fault = new Fault(code, "it failed");
    stage.answers = () => Promise.reject(fault);
    const { call, reply } = stage.start();
    if (!isServed) return assert.rejects(reply, fault);
    assert.equal(textOf(await reply), "answer 0");
    assert.deepEqual(cacheMark(call), { disposition: "stale", ageMs: 1_099, fault: code });
    const { stale, faults, misses } = stage.cache.counts();
    assert.deepEqual({ stale, faults, misses }, { stale: 1, faults: 0, misses: 1 });
  });
}

test("when the time for old answers is over, or the rule allows none, the fault is told", async () => {
  for (const [cache, afterMs] of [
    [IF_ERROR, 1_100],
    [{ ttlMs: 100 }, 100],
  ] as const) {
    const stage = new Stage({ cache });
    await stage.ask();
    stage.world.advance(afterMs);
    stage.answers = () => Promise.reject(new Fault("BREAKER_OPEN", "open"));
    await assert.rejects(stage.ask(), { code: "BREAKER_OPEN" });
  }
});

test("an error that the server itself answers is its answer: no old one stands in for it", async () => {
  const stage = new Stage({ cache: IF_ERROR });
  await stage.ask();
  stage.world.advance(100);
  stage.answers = () => replyOf({ error: { code: -32000, message: "no" } });
  const { call, reply } = await stage.ask();
  assert.deepEqual([call.disposition, reply.scan.kind], ["miss", "error"]);
});

test("whoever asked for a fresh answer hears the fault instead of an old one", async () => {
  const stage = new Stage({ cache: IF_ERROR });
  await stage.ask();
  stage.answers = () => Promise.reject(new Fault("UPSTREAM_UNAVAILABLE", "away"));
  await assert.rejects(stage.ask({ request: "refresh" }), { code: "UPSTREAM_UNAVAILABLE" });
  assert.equal((await stage.ask()).call.disposition, "hit", "what was kept stays");
});

test("after the server is back the next answer is fresh again", async () => {
  const stage = new Stage({ cache: IF_ERROR });
  await stage.ask();
  stage.world.advance(100);
  const { answers } = stage;
  stage.answers = () => Promise.reject(new Fault("UPSTREAM_UNAVAILABLE", "away"));
  assert.equal((await stage.ask()).call.disposition, "stale");
  stage.answers = answers;
  assert.equal(textOf((await stage.ask()).reply), "answer 2");
  const { call } = await stage.ask();
  assert.deepEqual([call.disposition, call.staleBecause], ["hit", undefined]);
});

test("whoever waits for an equal call's answer gets the old one too when that fails", async () => {
  const stage = new Stage({ cache: IF_ERROR });
  await stage.ask();
  stage.world.advance(100);
  stage.answers = undefined;
  const calls = [1, 2, 3].map(() => stage.start());
  for (const nth of [0, 1]) {
    stage.held[nth]?.fail(new Fault("UPSTREAM_UNAVAILABLE", "away"));
    await settle();
  }
  for (const { call, reply } of calls) {
    assert.equal(textOf(await reply), "answer 0");
    assert.equal(call.staleBecause, "UPSTREAM_UNAVAILABLE");
  }
});
