import assert from "node:assert/strict";
import { test } from "node:test";
import { handWorld } from "#lib/hand-world.ts";
import { type Log, silentLog } from "#lib/log.ts";
import { newToolCache } from "./cache.fixture.ts";
import { Stage, textReply } from "./stage.fixture.ts";

function listening() {
  const lines: { fields: Record<string, unknown>; message: string }[] = [];
  const log: Log = { ...silentLog, info: (fields, message) => lines.push({ fields: { ...fields }, message }) };
  return { lines, log };
}

test("what is over is freed within ten seconds though nobody asks for it", async () => {
  const stage = new Stage({ cache: { ttlMs: 1_000 } });
  await stage.ask();
  stage.world.advance(9_999);
  assert.equal(stage.cache.counts().entries, 1);
  stage.world.advance(1);
  const { entries, bytes, expirations } = stage.cache.counts();
  assert.deepEqual([entries, bytes, expirations], [0, 0, 1]);
});

test("a sweep of many rests between its steps, and the heartbeat is its end", async () => {
  const stage = new Stage({ cache: { ttlMs: 1_000 }, deps: { limits: { maxEntries: 10_000 } } });
  for (let at = 0; at < 4_500; at++) await stage.ask({ arguments: { at } });
  stage.world.advance(10_000);
  assert.deepEqual([stage.cache.counts().entries, stage.cache.heartbeatAt], [2_500, 0]);
  stage.world.advance(2);
  assert.deepEqual([stage.cache.counts().entries, stage.cache.heartbeatAt], [0, 10_002]);
  stage.world.advance(9_999);
  assert.equal(stage.cache.heartbeatAt, 10_002);
  stage.world.advance(1);
  assert.equal(stage.cache.heartbeatAt, 20_002);
});

test("while memory is short half of what may be kept must do", async () => {
  let isTight = false;
  const stage = new Stage({ deps: { limits: { maxEntries: 10 }, isTight: () => isTight } });
  for (let at = 0; at < 10; at++) await stage.ask({ arguments: { at } });
  stage.world.advance(10_000);
  assert.equal(stage.cache.counts().entries, 10);
  isTight = true;
  stage.world.advance(10_000);
  const { entries, evictions } = stage.cache.counts();
  assert.deepEqual([entries, evictions], [5, 5]);
  assert.equal((await stage.ask({ arguments: { at: 9 } })).call.disposition, "hit", "the newest stay");
});

test("once a minute one line tells what was done since the last one, and none while nothing is called", async () => {
  const { lines, log } = listening();
  const stage = new Stage({ deps: { log } });
  stage.answers = () => {
    stage.world.advance(5);
    return textReply("x");
  };
  await stage.ask();
  await stage.ask();
  stage.world.advance(59_994);
  assert.equal(lines.length, 0);
  stage.world.advance(1);
  assert.deepEqual(
    lines.map(({ message }) => message),
    ["Tool Cache: 1 of 2 calls were answered without their server"],
  );
  const { bytes, ...fields } = lines[0]?.fields ?? {};
  assert.deepEqual(fields, {
    calls: 2,
    hits: 1,
    stale: 0,
    coalesced: 0,
    misses: 1,
    evictions: 0,
    invalidations: 0,
    entries: 1,
    savedMs: 5,
  });
  stage.world.advance(180_000);
  assert.equal(lines.length, 1);
  await stage.ask();
  stage.world.advance(60_000);
  assert.deepEqual([lines.length, lines[1]?.fields.hits, lines[1]?.fields.calls], [2, 1, 1]);
});

test("a summary that is due while nothing is called is not made up for later", async () => {
  const { lines, log } = listening();
  const stage = new Stage({ deps: { log } });
  stage.world.advance(90_000);
  await stage.ask();
  stage.world.advance(20_000);
  assert.equal(lines.length, 0);
  stage.world.advance(10_000);
  assert.equal(lines.length, 1);
});

test("an invalidation tells what it dropped, and says nothing when that was nothing", async () => {
  const stage = new Stage();
  await stage.ask();
  await stage.ask({ tool: "list" });
  assert.equal(stage.cache.invalidate({ server: "search" }, "person"), 0);
  assert.equal(stage.cache.invalidate({ server: "files", tool: "list" }, "person"), 1);
  assert.equal(stage.cache.invalidate({}, "tools_changed"), 1);
  assert.equal(stage.cache.invalidate({}, "person"), 0);
  assert.deepEqual(stage.cache.dropped, [
    { server: "files", tool: "list", reason: "person", removed: 1 },
    { reason: "tools_changed", removed: 1 },
  ]);
  assert.equal(stage.cache.counts().invalidations, 2);
});

test("a removed server is forgotten, its numbers stay in the sums, and one of its name starts anew", async () => {
  const stage = new Stage();
  await stage.ask();
  stage.cache.forget("files");
  stage.cache.forget("files");
  assert.deepEqual(stage.cache.dropped, [{ server: "files", reason: "server_removed", removed: 1 }]);
  assert.equal(stage.cache.countsOf("files"), undefined);
  assert.equal(stage.cache.counts().calls, 1);
  assert.equal((await stage.ask()).call.disposition, "miss");
  assert.equal(stage.cache.countsOf("files")?.calls, 1);
  assert.equal(stage.cache.counts().calls, 2);
});

test("a call that ends after its server was removed is counted in the sums, and its answer is not kept", async () => {
  const stage = new Stage();
  stage.answers = undefined;
  const { reply } = stage.start();
  stage.cache.forget("files");
  stage.held[0]?.answer(textReply("late"));
  await reply;
  const { calls, entries, refused } = stage.cache.counts();
  assert.deepEqual({ calls, entries, refused }, { calls: 1, entries: 0, refused: { invalidated: 1 } });
});

test("limits that are not given are the defaults", () => {
  const { limits } = newToolCache(handWorld(), { limits: { maxEntries: 7 } });
  assert.deepEqual(limits, { maxEntries: 7, maxBytes: 64 * 1024 * 1024, maxEntryBytes: 1024 * 1024 });
});

test("a closed cache leaves no timer behind", () => {
  const world = handWorld();
  newToolCache(world).close();
  assert.equal(world.timers, 0);
});
