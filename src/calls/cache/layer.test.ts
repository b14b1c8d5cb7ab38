import assert from "node:assert/strict";
import { test } from "node:test";
import { replyOf } from "#calls/call.fixture.ts";
import { CACHE_REQUESTS, type CacheReason } from "#contract/cache.ts";
import { isFault } from "#contract/fault.ts";
import type { JsonObject } from "#lib/json.ts";
import { META } from "#mcp/protocol.ts";
import type { Reply } from "#upstream/transport.ts";
import { type Asking, outcomeOf, Stage, type StageOptions, textOf, textReply } from "./stage.fixture.ts";

test("the second equal call is answered without the server, with the first one's bytes and their age", async () => {
  const stage = new Stage();
  const first = await stage.ask();
  stage.world.advance(40);
  const second = await stage.ask();
  assert.equal(stage.count, 1);
  assert.deepEqual(outcomeOf(second.reply), outcomeOf(first.reply));
  assert.deepEqual([first.call.disposition, second.call.disposition, second.call.ageMs], ["miss", "hit", 40]);
  assert.deepEqual([second.call.attempts, second.call.upstreamMs, second.call.cacheReason], [0, null, null]);
});

test("what is kept is there at once: no caller waits for as much as a promise", async () => {
  const stage = new Stage();
  const { call } = await stage.ask();
  const answer = stage.cache.cache(() => assert.fail("asked"))({ ...call });
  assert.equal(answer instanceof Promise, false);
});

test("what is kept is a copy: the reply that was served first may be overwritten", async () => {
  const stage = new Stage();
  const { reply } = await stage.ask();
  reply.bytes.fill(0x20);
  assert.equal(textOf((await stage.ask()).reply), "answer 0");
});

test("an answer is fresh until its time is over, to the millisecond, and then asked for anew", async () => {
  const stage = new Stage({ cache: { ttlMs: 1_000 } });
  await stage.ask();
  stage.world.advance(999);
  assert.equal((await stage.ask()).call.disposition, "hit");
  stage.world.advance(1);
  const { call, reply } = await stage.ask();
  assert.deepEqual([call.disposition, textOf(reply)], ["miss", "answer 1"]);
});

test("refresh does not read what is kept, and keeps what it brings", async () => {
  const stage = new Stage();
  await stage.ask();
  const { call, reply } = await stage.ask({ request: "refresh" });
  assert.deepEqual([call.disposition, call.cacheReason, textOf(reply)], ["bypass", "asked", "answer 1"]);
  assert.equal(textOf((await stage.ask()).reply), "answer 1");
});

test("bypass neither reads what is kept nor keeps what it brings", async () => {
  const stage = new Stage();
  await stage.ask();
  const { call, reply } = await stage.ask({ request: "bypass" });
  assert.deepEqual([call.disposition, call.cacheReason, textOf(reply)], ["bypass", "asked", "answer 1"]);
  assert.equal(textOf((await stage.ask()).reply), "answer 0");
});

test("_meta asks the same way, and what is asked beside the call goes first", async () => {
  const stage = new Stage();
  await stage.ask();
  for (const [request, disposition] of [
    ["use", "hit"],
    ["bypass", "bypass"],
    ["refresh", "bypass"],
  ] as const) {
    assert.equal((await stage.ask({ meta: { [META.cache]: request } })).call.disposition, disposition, request);
  }
  const { call } = await stage.ask({ request: "use", meta: { [META.cache]: "bypass" } });
  assert.equal(call.disposition, "hit");
});

test("any other word in _meta is refused as the caller's mistake, and names those that are known", async () => {
  const stage = new Stage();
  for (const word of ["no-store", "", 1, null, true, ["use"], {}]) {
    await assert.rejects(stage.ask({ meta: { [META.cache]: word } }), (error) => {
      assert.ok(isFault(error, "INVALID_PARAMS"));
      for (const request of CACHE_REQUESTS) assert.ok(error.message.includes(request));
      return true;
    });
  }
  assert.equal(stage.count, 0);
  assert.equal(stage.cache.counts().faults, 7);
});

const NEVER_KEPT: [title: string, reply: () => Reply, refusal: string][] = [
  ["a JSON-RPC error", () => replyOf({ error: { code: -32602, message: "no" } }), "error"],
  ["a tool error", () => replyOf({ result: { content: [], isError: true } }), "tool_error"],
  ["a question back", () => replyOf({ result: { resultType: "input_required", inputRequests: {} } }), "incomplete"],
  ["a result of a type not known", () => replyOf({ result: { resultType: "partial", content: [] } }), "incomplete"],
  ["a result beyond the largest size", () => textReply("x".repeat(2_000)), "too_large"],
];
for (const [title, reply, refusal] of NEVER_KEPT) {
  test(`${title} is passed on and never kept`, async () => {
    const stage = new Stage({ deps: { limits: { maxEntryBytes: 1_000 } } });
    stage.answers = reply;
    await stage.ask();
    const second = await stage.ask();
    assert.deepEqual(outcomeOf(second.reply), outcomeOf(reply()));
    assert.deepEqual([stage.count, second.call.disposition], [2, "miss"]);
    const { entries, refused } = stage.cache.counts();
    assert.deepEqual([entries, refused], [0, { [refusal]: 2 }]);
  });
}

test("a result that says it is complete is kept like one that says nothing", async () => {
  const stage = new Stage();
  stage.answers = () => replyOf({ result: { resultType: "complete", content: [] } });
  await stage.ask();
  assert.equal((await stage.ask()).call.disposition, "hit");
});

const NEVER_LOOKED_UP: [title: string, asking: Asking, options: StageOptions, reason: CacheReason][] = [
  ["a continuation with answers", { more: { inputResponses: {} } }, {}, "continuation"],
  ["a continuation with a state", { more: { requestState: "s" } }, {}, "continuation"],
  ["a call with parameters that are not known", { more: { task: { ttl: 1 } } }, {}, "parameters"],
  ["arguments beyond 64 KiB", { arguments: { x: "x".repeat(65_530) } }, {}, "arguments_too_large"],
  ["a tool of a server without a cache", {}, { cache: { mode: "off" } }, "mode_off"],
  ["a tool that a rule turns off", {}, { cache: { tools: [{ pattern: "read", rule: "off" }] } }, "rule_off"],
  ["a tool that says that it writes", {}, { annotations: { read: { readOnlyHint: false } } }, "not_read_only"],
  ["a tool without any time to live", {}, { cache: { ttlMs: 0 } }, "no_ttl"],
  ["a resource where only is watched", { uri: "file:///x" }, { cache: { mode: "shadow" } }, "shadow_mode"],
];
for (const [title, asking, options, reason] of NEVER_LOOKED_UP) {
  test(`${title} always reaches the server, and the record says why`, async () => {
    const stage = new Stage(options);
    await stage.ask(asking);
    const { call } = await stage.ask(asking);
    assert.deepEqual([stage.count, call.disposition, call.cacheReason], [2, "bypass", reason]);
    const { entries, bypassed, upstream, misses } = stage.cache.counts();
    assert.deepEqual([entries, bypassed, upstream, misses], [0, { [reason]: 2 }, 2, 0]);
    assert.equal(stage.records[1]?.cacheReason, reason);
  });
}

const WATCHED: [title: string, options: StageOptions, reason: CacheReason][] = [
  ["in shadow mode", { cache: { mode: "shadow" } }, "shadow_mode"],
  ["of a server that is not trusted", { trusted: false }, "untrusted"],
  ["that says nothing of itself", { annotations: { read: undefined } }, "not_read_only"],
  [
    "that looks at the world outside",
    { annotations: { read: { readOnlyHint: true, openWorldHint: true } } },
    "open_world",
  ],
];
for (const [title, options, reason] of WATCHED) {
  test(`a tool ${title} is watched: always asked, and compared with the time before`, async () => {
    const stage = new Stage(options);
    stage.answers = () => textReply("same");
    await stage.ask();
    const { call } = await stage.ask();
    assert.deepEqual([stage.count, call.disposition, call.cacheReason], [2, "shadow", reason]);
    const row = stage.cache.shelves()[0]?.rows.get("read");
    const seen = row && stage.cache.evidence(row);
    assert.deepEqual([seen?.calls, seen?.comparisons, seen?.changed], [2, 1, 0]);
    assert.deepEqual([stage.cache.counts().shadowed, stage.cache.counts().entries], [2, 0]);
  });
}

test("prompts and completions pass", async () => {
  const stage = new Stage();
  const { call } = await stage.ask({ uri: "unused" });
  const next = async (): Promise<Reply> => textReply("prompt");
  const prompt = { ...call, kind: "prompt" as const, disposition: "bypass" as const };
  await stage.cache.cache(next)(prompt);
  assert.deepEqual([prompt.disposition, prompt.cacheReason], ["bypass", "kind"]);
});

test("calls, hits, misses and faults of the tool, its server and all add up", async () => {
  const stage = new Stage({ cache: { tools: [{ pattern: "list", rule: "off" }] } });
  for (const tool of ["read", "read", "list", "find"]) await stage.ask({ tool });
  stage.answers = () => Promise.reject(new Error("a bug"));
  await assert.rejects(stage.ask({ arguments: { path: "other" } }));
  const all = stage.cache.counts();
  const { hits, stale, coalesced, upstream, faults, misses } = all;
  assert.deepEqual(
    { hits, stale, coalesced, upstream, faults, misses },
    { hits: 1, stale: 0, coalesced: 0, upstream: 3, faults: 1, misses: 3 },
  );
  assert.equal(all.calls, 5);
  assert.equal(all.hitRate, 1 / 4);
  assert.deepEqual(stage.cache.countsOf("files"), all);
  const rows = [...(stage.cache.shelves()[0]?.rows.values() ?? [])].map(({ counts }) => counts.snapshot());
  assert.equal(
    rows.reduce((sum, { calls }) => sum + calls, 0),
    5,
  );
  assert.equal(stage.cache.work, 5);
  assert.equal(stage.bugs.length, 1);
});

test("a hit and a call that coalesces save what asking took", async () => {
  const stage = new Stage();
  stage.answers = () => {
    stage.world.advance(70);
    return textReply("slow");
  };
  await stage.ask();
  await stage.ask();
  assert.equal(stage.cache.counts().savedMs, 70);
  stage.answers = undefined;
  const calls = [1, 2, 3].map(() => stage.start({ arguments: { path: "y" } }));
  stage.world.advance(30);
  stage.held[0]?.answer(textReply("y"));
  await Promise.all(calls.map(({ reply }) => reply));
  assert.equal(stage.cache.counts().savedMs, 70 + 2 * 30);
});

test("a changed definition, configuration or era of the server is another question", async () => {
  const stage = new Stage();
  await stage.ask();
  stage.definition = { ...stage.definition, description: "changed" };
  assert.equal((await stage.ask()).call.disposition, "miss");
  const tool = stage.tool("read");
  (tool as { definition: JsonObject }).definition = { ...tool.definition, description: "changed" };
  stage.definition = { ...stage.definition };
  assert.equal((await stage.ask()).call.disposition, "miss");
  stage.definition = { ...stage.definition };
  assert.equal((await stage.ask()).call.disposition, "hit", "the same words in another object");
  stage.era = "modern";
  assert.equal((await stage.ask()).call.disposition, "miss");
});

test("the endpoint of one server and the one of all do not share answers", async () => {
  const stage = new Stage();
  await stage.ask({ view: "files" });
  assert.equal((await stage.ask({ view: null })).call.disposition, "miss");
  assert.equal((await stage.ask({ view: null })).call.disposition, "hit");
});
