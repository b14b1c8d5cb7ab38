import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallRecord } from "#contract/call.ts";
import { Fault } from "#contract/fault.ts";
import type { LimitSettings } from "#contract/upstream.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { createCatalog } from "#upstream/catalog.ts";
import type { Connection } from "#upstream/connection.ts";
import { Bulkheads } from "./bulkhead.ts";
import { newToolCache } from "./cache/cache.fixture.ts";
import { definitionOf, later, newCall, OK, snapshotOf } from "./call.fixture.ts";
import { createCallFactory } from "./call.ts";
import { Chaos } from "./chaos.ts";
import { createPipeline } from "./pipeline.ts";
import { Retries } from "./retry.ts";

function stage(limits: Partial<LimitSettings> = {}) {
  const world = handWorld();
  const catalog = createCatalog();
  catalog.put("files", snapshotOf({ tools: [{ name: "read" }] }), { allow: ["*"], deny: [] });
  const records: CallRecord[] = [];
  const verdicts: string[] = [];
  const answer = { reply: Promise.resolve(OK) };
  const connection: Partial<Connection> = {
    call: ({ signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        void answer.reply.then(resolve, reject);
      }),
  };
  const link = connection as Connection;
  const base = definitionOf("files");
  const definition = { ...base, limits: { ...base.limits, ...limits } };
  const chaos = new Chaos({ world, onEnded: () => {} });
  const bulkheads = new Bulkheads({ world, limits: () => definition.limits });
  const answerer = createPipeline({
    world,
    catalog,
    definition: () => definition,
    firstContact: async () => {},
    line: () => ({ connection: () => link, acquire: async () => link, renew: async () => link, noteActivity() {} }),
    onFinished: (record) => records.push(record),
    onBug: (error) => assert.fail(String(error)),
    admission: { layer: (next) => next },
    toolCache: newToolCache(world),
    bulkheads,
    retries: new Retries({ world }),
    circuit: () => ({
      kind: "closed",
      admit: () => 1,
      settle: (_pass, { verdict }) => void verdicts.push(verdict),
      passed: () => void verdicts.push("pass"),
    }),
    chaos,
  });
  return { world, pipeline: later(answerer), records, verdicts, answer, chaos, load: () => bulkheads.load("files") };
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

test("every attempt is heard by the breaker, holds one slot for the call, and the record counts them", async () => {
  const { world, pipeline, records, verdicts, answer, load } = stage();
  answer.reply = Promise.reject(new Fault("UPSTREAM_UNAVAILABLE", "files could not be reached.", { server: "files" }));
  const ended = pipeline(newCall(world));
  await settle();
  assert.deepEqual([verdicts, load()], [["fail"], { inFlight: 1, queued: 0 }]);
  answer.reply = Promise.resolve(OK);
  world.advance(25);
  assert.equal(await ended, OK);
  assert.deepEqual([verdicts, records[0]?.attempts, load().inFlight], [["fail", "pass"], 2, 0]);
});

test("injected errors are met below retry and breaker", async () => {
  const { world, pipeline, records, verdicts, chaos } = stage();
  chaos.start("files", { kind: "error", ratio: 1, forMs: 60_000, latencyMs: 1 });
  const ended = assert.rejects(pipeline(newCall(world)), { code: "UPSTREAM_UNAVAILABLE" });
  for (const waitMs of [25, 50]) {
    await settle();
    world.advance(waitMs);
  }
  await ended;
  assert.deepEqual([verdicts, records[0]?.attempts], [["fail", "fail", "fail"], 3]);
});

test("a call that finds no place is refused before it is tried, and its breaker does not hear of it", async () => {
  const { world, pipeline, records, verdicts, answer } = stage({ inFlight: 1, queue: 0 });
  answer.reply = new Promise(() => {});
  const first = assert.rejects(pipeline(newCall(world)), { code: "UPSTREAM_TIMEOUT" });
  await assert.rejects(pipeline(newCall(world)), { code: "OVERLOADED" });
  assert.deepEqual([records[0]?.faultCode, records[0]?.attempts, verdicts], ["OVERLOADED", 0, []]);
  world.advance(5_000);
  await first;
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
