import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallRecord } from "#contract/call.ts";
import { Fault } from "#contract/fault.ts";
import { handWorld } from "#lib/hand-world.ts";
import type { Reply } from "#upstream/transport.ts";
import { later, newCall, OK, replyOf, targetOf } from "./call.fixture.ts";
import type { Call } from "./call.ts";
import { record } from "./record.ts";

interface Run {
  readonly records: CallRecord[];
  readonly bugs: unknown[];
  readonly call: Call;
  readonly outcome: Promise<Reply>;
}

function run(next: (call: Call) => Promise<Reply>, more: Parameters<typeof newCall>[1] = {}): Run {
  const world = handWorld();
  const records: CallRecord[] = [];
  const bugs: unknown[] = [];
  const call = newCall(world, more);
  const layer = record({ world, onFinished: (it) => records.push(it), onBug: (...seen) => bugs.push(seen) });
  const recorded = layer(async (it) => {
    world.advance(30);
    return next(it);
  });
  const outcome = later(recorded)(call);
  return { records, bugs, call, outcome };
}

const OUTCOMES: [title: string, reply: Reply, seen: Partial<CallRecord>][] = [
  ["a result", OK, { outcome: "ok", faultCode: null }],
  ["a tool error", replyOf({ result: { isError: true, content: [] } }), { outcome: "tool_error", faultCode: null }],
  [
    "an upstream's error",
    replyOf({ error: { code: -1, message: "" } }),
    { outcome: "fault", faultCode: "UPSTREAM_ERROR" },
  ],
];
for (const [title, reply, seen] of OUTCOMES) {
  test(`${title} closes the record and passes untouched`, async () => {
    const { records, outcome, bugs } = run(async () => reply);
    assert.equal(await outcome, reply);
    assert.equal(records.length, 1);
    assert.deepEqual({ ...records[0], ...seen }, records[0]);
    assert.equal(records[0]?.resultBytes, reply.scan.end - reply.scan.start);
    assert.equal(records[0]?.durationMs, 30);
    assert.deepEqual(bugs, []);
  });
}

test("a fault closes the record too and is thrown on, without being a bug", async () => {
  const fault = new Fault("UPSTREAM_UNAVAILABLE", "away");
  const { records, outcome, bugs } = run(() => Promise.reject(fault));
  await assert.rejects(outcome, fault);
  assert.deepEqual(
    [records[0]?.outcome, records[0]?.faultCode, records[0]?.resultBytes],
    ["fault", "UPSTREAM_UNAVAILABLE", 0],
  );
  assert.deepEqual(bugs, []);
});

test("a bug is told with the call's id, and its caller sees INTERNAL", async () => {
  const bug = new TypeError("oh");
  const { records, outcome, bugs, call } = run(() => Promise.reject(bug));
  await assert.rejects(outcome, { code: "INTERNAL" });
  assert.deepEqual(bugs, [[bug, call.id]]);
  assert.equal(records[0]?.faultCode, "INTERNAL");
});

test("the record names the server and its own name of the tool once they are known", async () => {
  const target = targetOf("files", { params: { name: "read" }, timeoutMs: 1 });
  const found = run(async (call) => {
    call.target = target;
    call.server = "files";
    return OK;
  });
  await found.outcome;
  assert.deepEqual([found.records[0]?.server, found.records[0]?.name], ["files", "read"]);
  const lost = run(() => Promise.reject(new Fault("TOOL_NOT_FOUND", "no")), { view: "files", name: "nope" });
  await assert.rejects(lost.outcome);
  assert.deepEqual([lost.records[0]?.server, lost.records[0]?.name], ["files", "nope"]);
});

test("a name of any length fits the database", async () => {
  const { records, outcome } = run(async () => OK, { name: "n".repeat(4_096) });
  await outcome;
  assert.equal(records[0]?.name.length, 256);
});
