import assert from "node:assert/strict";
import { test } from "node:test";
import { replyOf } from "#calls/call.fixture.ts";
import { Fault } from "#contract/fault.ts";
import type { Reply } from "#upstream/transport.ts";
import { hintsOf, withTimeLeft } from "./hints.ts";
import { outcomeOf, Stage } from "./stage.fixture.ts";

const URI = "file:///x";
const resource = (hints: object, text = "x"): Reply =>
  replyOf({ result: { contents: [{ uri: URI, text }], ...hints } });
const hinted = (hints: object, options: ConstructorParameters<typeof Stage>[0] = {}): Stage => {
  const stage = new Stage(options);
  stage.answers = (call) => resource(hints, `${call.principal} ${stage.asked.indexOf(call)}`);
  return stage;
};
const ask = (stage: Stage, principal = "ann") => stage.ask({ uri: URI, principal });

test("a resource is kept for as long as its answer says, and tells the time that is left", async () => {
  const stage = hinted({ ttlMs: 1_000, cacheScope: "private" });
  await ask(stage);
  stage.world.advance(400.5);
  const { call, reply } = await ask(stage);
  assert.deepEqual([call.disposition, outcomeOf(reply).ttlMs], ["hit", 599]);
  stage.world.advance(599.5);
  assert.equal((await ask(stage)).call.disposition, "miss");
});

test("the configuration bounds what a server may ask for", async () => {
  const stage = hinted({ ttlMs: 86_400_000 }, { cache: { ttlMs: 500 } });
  await ask(stage);
  stage.world.advance(499);
  assert.deepEqual(outcomeOf((await ask(stage)).reply).ttlMs, 1);
  stage.world.advance(1);
  assert.equal((await ask(stage)).call.disposition, "miss");
});

test("an answer without a usable hint is not kept", async () => {
  for (const hints of [{}, { ttlMs: 0 }, { ttlMs: -1 }, { ttlMs: 0.5 }, { ttlMs: "1000" }, { ttlMs: null }]) {
    const stage = hinted(hints);
    await ask(stage);
    assert.equal((await ask(stage)).call.disposition, "miss", JSON.stringify(hints));
    assert.deepEqual([stage.cache.counts().refused, stage.cache.counts().entries], [{ no_ttl: 2 }, 0]);
  }
});

test("a private answer is served to nobody else", async () => {
  for (const hints of [
    { ttlMs: 1_000, cacheScope: "private" },
    { ttlMs: 1_000 },
    { ttlMs: 1_000, cacheScope: "Public" },
  ]) {
    const stage = hinted(hints);
    await ask(stage, "ann");
    assert.equal((await ask(stage, "bob")).call.disposition, "miss");
    assert.equal((await ask(stage, "ann")).call.disposition, "hit");
  }
});

test("a public answer of a trusted server is served to all, and asked for by each until it is there", async () => {
  const stage = hinted({ ttlMs: 1_000, cacheScope: "public" });
  await ask(stage, "ann");
  assert.equal((await ask(stage, "bob")).call.disposition, "hit");
  assert.equal(stage.count, 1);
});

test("before it is known that an answer is public, two principals do not share a question", async () => {
  const stage = hinted({});
  stage.answers = undefined;
  const calls = [stage.start({ uri: URI, principal: "ann" }), stage.start({ uri: URI, principal: "bob" })];
  assert.equal(stage.held.length, 2);
  for (const { answer } of stage.held) answer(resource({ ttlMs: 1_000, cacheScope: "public" }));
  await Promise.all(calls.map(({ reply }) => reply));
});

test("a public answer of a server that is not trusted stays with who asked", async () => {
  const stage = hinted({ ttlMs: 1_000, cacheScope: "public" }, { trusted: false });
  await ask(stage, "ann");
  assert.equal((await ask(stage, "bob")).call.disposition, "miss");
  assert.equal((await ask(stage, "ann")).call.disposition, "hit");
});

test("the newest answer counts when a private one becomes public, and when a public one becomes private", async () => {
  for (const [before, after] of [
    ["private", "public"],
    ["public", "private"],
  ]) {
    const stage = hinted({ ttlMs: 1_000, cacheScope: before });
    await ask(stage);
    stage.answers = () => resource({ ttlMs: 100, cacheScope: after }, "new");
    await stage.ask({ uri: URI, principal: "ann", request: "refresh" });
    const { reply } = await ask(stage);
    assert.equal((outcomeOf(reply).contents as { text: string }[])[0]?.text, "new");
    stage.world.advance(100);
    assert.equal((await ask(stage)).call.disposition, "miss", "the older one is gone");
  }
});

test("past its time a resource is served when its server is away, with no time left", async () => {
  const stage = hinted({ ttlMs: 100 }, { cache: { staleIfErrorMs: 1_000, staleWhileRevalidateMs: 1_000 } });
  await ask(stage);
  stage.world.advance(150);
  stage.answers = () => Promise.reject(new Fault("UPSTREAM_UNAVAILABLE", "away"));
  const { call, reply } = await ask(stage);
  assert.deepEqual([call.disposition, call.staleBecause, outcomeOf(reply).ttlMs], ["stale", "UPSTREAM_UNAVAILABLE", 0]);
});

test("two URIs are two answers, and the rows of resources are counted together", async () => {
  const stage = hinted({ ttlMs: 1_000 });
  await ask(stage);
  await stage.ask({ uri: `${URI}y`, principal: "ann" });
  assert.equal(stage.count, 2);
  assert.deepEqual([...(stage.cache.shelves()[0]?.rows.keys() ?? [])], ["(resources)"]);
});

test("an answer that is no JSON has no hints, and an error neither", () => {
  const { scan } = resource({ ttlMs: 5 });
  assert.equal(hintsOf({ bytes: Buffer.alloc(500, "x"), scan }), undefined);
  assert.equal(hintsOf(replyOf({ error: { code: 1, ttlMs: 5 } })), undefined);
  assert.deepEqual(hintsOf(resource({ ttlMs: 5.9, cacheScope: "public" })), { ttlMs: 5, scope: "public" });
});

test("telling the time that is left changes nothing else in an answer", () => {
  const told = withTimeLeft(resource({ ttlMs: 1_000, _meta: { a: [1, "é"] }, cacheScope: "public" }), 41.7);
  assert.deepEqual(outcomeOf(told), {
    contents: [{ uri: URI, text: "x" }],
    ttlMs: 41,
    _meta: { a: [1, "é"] },
    cacheScope: "public",
  });
  assert.ok(told.scan.metaEnd > 0);
  assert.equal(outcomeOf(withTimeLeft(told, -5)).ttlMs, 0);
});
