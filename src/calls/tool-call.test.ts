import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "#contract/fault.ts";
import { handWorld } from "#lib/hand-world.ts";
import { META } from "#mcp/protocol.ts";
import type { Reply } from "#upstream/transport.ts";
import { OK, replyOf } from "./call.fixture.ts";
import { type Call, createCallFactory, type Handler } from "./call.ts";
import { callTool } from "./tool-call.ts";

const REQUEST = { server: "files", tool: "read", arguments: { a: 1 }, cache: "use" } as const;

function run(pipeline: Handler, signal: AbortSignal = new AbortController().signal) {
  const world = handWorld();
  const factory = createCallFactory({ now: world.now, wall: world.wall, prefix: "t" });
  return callTool({ world, factory, pipeline }, REQUEST, { principal: "admin", signal });
}

const answering =
  (reply: Reply): Handler =>
  async () =>
    reply;

test("a person's call takes the same way as a client's, on the server's own endpoint", async () => {
  let passed: Call | undefined;
  await run(async (call) => {
    passed = call;
    return OK;
  });
  assert.deepEqual(
    [passed?.kind, passed?.method, passed?.view, passed?.name, passed?.era, passed?.principal],
    ["tool", "tools/call", "files", "read", "rest", "admin"],
  );
  assert.deepEqual(passed?.params, { name: "read", arguments: { a: 1 } });
});

test("the answer is the result, marked with the call's id, and what the call was like", async () => {
  const { result, call } = await run(answering(replyOf({ result: { content: [], _meta: { a: 1 } } })));
  assert.deepEqual(result, { content: [], _meta: { a: 1, [META.call]: call.id } });
  assert.deepEqual(call, {
    id: "c_t1",
    disposition: "bypass",
    ageMs: null,
    durationMs: 0,
    attempts: 0,
    upstreamMs: null,
  });
});

test("a tool error is an answer", async () => {
  const { result } = await run(answering(replyOf({ result: { isError: true, content: [] } })));
  assert.equal(result.isError, true);
});

const REFUSED: [rpc: number, code: string][] = [
  [-32602, "INVALID_PARAMS"],
  [-32603, "UPSTREAM_PROTOCOL"],
  [-1, "UPSTREAM_PROTOCOL"],
];
for (const [rpc, code] of REFUSED) {
  test(`the server's own error ${rpc} becomes ${code} with its words`, async () => {
    await assert.rejects(run(answering(replyOf({ error: { code: rpc, message: "no such file" } }))), {
      code,
      server: "files",
      message: `files refused the call: no such file (JSON-RPC ${rpc}).`,
    });
  });
}

test("an answer that is no result is a fault of the server", async () => {
  for (const outcome of [{ result: 7 }, { error: "odd" }]) {
    await assert.rejects(run(answering(replyOf(outcome))), { code: "UPSTREAM_PROTOCOL", server: "files" });
  }
});

test("a fault of ours passes with the id of the call that met it, which others that hold it do not see", async () => {
  const fault = new Fault("UPSTREAM_UNAVAILABLE", "away", { server: "files", retryAfterMs: 5 });
  await assert.rejects(
    run(() => Promise.reject(fault)),
    { code: "UPSTREAM_UNAVAILABLE", message: "away", server: "files", retryAfterMs: 5, data: { callId: "c_t1" } },
  );
  assert.equal(fault.data, undefined);
});

test("a caller that goes away cancels its call", async () => {
  const leaving = new AbortController();
  const waiting: Handler = (call) =>
    new Promise((_, reject) => call.control.addEventListener("abort", () => reject(call.control.reason)));
  const outcome = run(waiting, leaving.signal);
  leaving.abort();
  await assert.rejects(outcome, { code: "CANCELLED" });
});
