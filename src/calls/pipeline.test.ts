import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallRecord } from "#contract/call.ts";
import { handWorld } from "#lib/hand-world.fixture.ts";
import { createCatalog } from "#upstream/catalog.ts";
import type { Connection } from "#upstream/connection.ts";
import { definitionOf, newCall, OK, snapshotOf } from "./call.fixture.ts";
import { createCallFactory } from "./call.ts";
import { createPipeline } from "./pipeline.ts";

function stage() {
  const world = handWorld();
  const catalog = createCatalog();
  catalog.put("files", snapshotOf({ tools: [{ name: "read" }] }), { allow: ["*"], deny: [] });
  const records: CallRecord[] = [];
  const answer = { reply: Promise.resolve(OK) };
  const connection: Partial<Connection> = {
    call: ({ signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        void answer.reply.then(resolve);
      }),
  };
  const link = connection as Connection;
  const pipeline = createPipeline({
    world,
    catalog,
    definition: (server) => definitionOf(server),
    firstContact: async () => {},
    line: () => ({ connection: () => link, acquire: async () => link, renew: async () => link, noteActivity() {} }),
    onFinished: (record) => records.push(record),
    onBug: (error) => assert.fail(String(error)),
  });
  return { world, pipeline, records, answer };
}

test("a call passes every layer and leaves one record in the server's own words", async () => {
  const { world, pipeline, records } = stage();
  assert.equal(await pipeline(newCall(world)), OK);
  assert.equal(records.length, 1);
  const { server, name, outcome, attempts, upstreamMs } = records[0] as CallRecord;
  assert.deepEqual(
    { server, name, outcome, attempts, upstreamMs },
    {
      server: "files",
      name: "read",
      outcome: "ok",
      attempts: 1,
      upstreamMs: 0,
    },
  );
});

test("a call for a name that nobody has never reaches a server, and leaves its record", async () => {
  const { world, pipeline, records } = stage();
  await assert.rejects(pipeline(newCall(world, { name: "files__nope" })), { code: "TOOL_NOT_FOUND" });
  assert.deepEqual([records[0]?.faultCode, records[0]?.attempts], ["TOOL_NOT_FOUND", 0]);
});

test("a server that does not answer ends the call at its time, and the record says so", async () => {
  const { world, pipeline, records, answer } = stage();
  answer.reply = new Promise(() => {});
  const ended = assert.rejects(pipeline(newCall(world)), { code: "UPSTREAM_TIMEOUT" });
  world.advance(5_000);
  await ended;
  assert.deepEqual([records[0]?.faultCode, records[0]?.durationMs], ["UPSTREAM_TIMEOUT", 5_000]);
});

test("ids of calls are unique within a process and between two", () => {
  const world = handWorld();
  const ids = ["p", "q"].flatMap((prefix) => {
    const factory = createCallFactory({ now: world.now, wall: world.wall, prefix });
    return Array.from({ length: 1_000 }, () => factory.create(newCall(world)).id);
  });
  assert.equal(new Set(ids).size, 2_000);
  for (const id of ids) assert.match(id, /^c_[a-z0-9]+$/);
});
