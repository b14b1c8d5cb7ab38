import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "#contract/fault.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import type { Connection, UpstreamRequest } from "#upstream/connection.ts";
import type { Reply, SideMessage } from "#upstream/transport.ts";
import { newCall, OK, replyOf, targetOf } from "./call.fixture.ts";
import type { Call, NewCall } from "./call.ts";
import { type Line, send } from "./send.ts";

type Answer = (request: UpstreamRequest) => Promise<Reply>;

const connectionOf = (call: Answer): Connection => ({ call }) as Partial<Connection> as Connection;

/** A line whose links answer as told, one after the other. */
function lineOf(...answers: Answer[]): Line & { seen: string[] } {
  const links = answers.map(connectionOf);
  const seen: string[] = [];
  return {
    seen,
    connection: () => links[0],
    acquire: async () => {
      seen.push("acquire");
      const [link] = links;
      if (link === undefined) throw new Fault("UPSTREAM_UNAVAILABLE", "files is away.", { server: "files" });
      return link;
    },
    renew: async (lost) => {
      seen.push(lost === links[0] ? "renew" : "renew of another");
      return links[1] as Connection;
    },
    noteActivity: () => void seen.push("activity"),
  };
}

function run(line: Line | undefined, fields: Partial<NewCall> = {}): { call: Call; outcome: Promise<Reply> } {
  const world = handWorld();
  const call = newCall(world, fields);
  call.target = targetOf("files", { params: { name: "read" }, headers: { "Mcp-Param-A": "1" }, timeoutMs: 1_000 });
  return { call, outcome: send({ world, line: () => line })(call) };
}

const lost: Answer = () => Promise.reject(new Fault("SESSION_NOT_FOUND", "the session is unknown"));

test("a call goes over the live link in the server's own words, and its reply passes untouched", async () => {
  let sent: UpstreamRequest | undefined;
  const line = lineOf(async (request) => {
    sent = request;
    return OK;
  });
  const { call, outcome } = run(line, { logLevel: "debug" });
  assert.equal(await outcome, OK);
  assert.equal(call.attempts, 1);
  assert.deepEqual(line.seen, ["activity"]);
  assert.equal(sent?.method, "tools/call");
  assert.deepEqual(sent?.params, { name: "read" });
  assert.deepEqual(sent?.headers, { "Mcp-Param-A": "1" });
  assert.equal(sent?.logLevel, "debug");
  assert.equal(sent?.signal, call.control.signal);
});

test("without a live link one is asked for", async () => {
  const line = lineOf(async () => OK);
  const { outcome } = run({ ...line, connection: () => undefined });
  assert.equal(await outcome, OK);
  assert.deepEqual(line.seen, ["acquire", "activity"]);
});

test("why there is no link is what the caller hears, and nothing counts as an attempt", async () => {
  const { call, outcome } = run(lineOf());
  await assert.rejects(outcome, { code: "UPSTREAM_UNAVAILABLE" });
  assert.deepEqual([call.attempts, call.upstreamMs], [0, null]);
});

test("a server that was removed meanwhile is a fault that says so", async () => {
  await assert.rejects(run(undefined).outcome, { code: "UPSTREAM_UNAVAILABLE", message: /was removed/ });
});

test("a forgotten session is renewed and the call sent once more", async () => {
  const line = lineOf(lost, async () => OK);
  const { call, outcome } = run(line);
  assert.equal(await outcome, OK);
  assert.equal(call.attempts, 2);
  assert.deepEqual(line.seen, ["renew", "activity"]);
});

test("a session that is forgotten twice is not tried a third time", async () => {
  const { call, outcome } = run(lineOf(lost, lost));
  await assert.rejects(outcome, { code: "SESSION_NOT_FOUND" });
  assert.equal(call.attempts, 2);
});

for (const code of ["OUTCOME_UNKNOWN", "UPSTREAM_TIMEOUT", "UPSTREAM_PROTOCOL", "UPSTREAM_AUTH"] as const) {
  test(`${code} is never sent again`, async () => {
    const line = lineOf(() => Promise.reject(new Fault(code, "no")));
    const { call, outcome } = run(line);
    await assert.rejects(outcome, { code });
    assert.equal(call.attempts, 1);
    assert.deepEqual(line.seen, []);
    assert.notEqual(call.upstreamMs, null);
  });
}

test("notifications reach the caller, and progress moves the deadline", async () => {
  const messages: SideMessage[] = [];
  const progress = { method: "notifications/progress", params: { progress: 1 } };
  const log = { method: "notifications/message", params: { level: "info" } };
  const moved: number[] = [];
  const line = lineOf(async ({ onMessage }) => {
    await settle();
    onMessage?.(progress);
    onMessage?.(log);
    return OK;
  });
  const { call, outcome } = run(line, { onMessage: (message) => void messages.push(message) });
  call.budget = { extend: (now) => void moved.push(now) };
  await outcome;
  assert.deepEqual(messages, [progress, log]);
  assert.deepEqual(moved, [0]);
});

const LINKED = replyOf({ result: { content: [{ type: "resource_link", uri: "a://1", name: "n" }] } });
const READ = replyOf({ result: { contents: [{ uri: "a://1", text: "x" }] } });
const MAPPED: [title: string, fields: Partial<NewCall>, reply: Reply, mapped: boolean][] = [
  ["a link in a tool's result on the aggregate", {}, LINKED, true],
  ["a link in a tool's result on its server", { view: "files" }, LINKED, false],
  ["what was read on the aggregate", { kind: "resource" }, READ, true],
  ["what was read on its server", { kind: "resource", view: "files" }, READ, false],
  ["a prompt with a link on the aggregate", { kind: "prompt" }, LINKED, true],
  ["a completion on the aggregate", { kind: "completion" }, LINKED, false],
  ["a result without resources on the aggregate", {}, OK, false],
  ["an error on the aggregate", { kind: "resource" }, replyOf({ error: { code: 1, message: '"resource' } }), false],
];
for (const [title, fields, reply, mapped] of MAPPED) {
  test(`${title} ${mapped ? "gets mapped URIs" : "passes as the same bytes"}`, async () => {
    const answered = await run(
      lineOf(async () => reply),
      fields,
    ).outcome;
    if (!mapped) return assert.equal(answered, reply);
    assert.ok(answered.bytes.includes("omni2://files/a://1"));
    assert.deepEqual(
      JSON.parse(answered.bytes.toString("utf8", answered.scan.start, answered.scan.end)),
      JSON.parse(answered.bytes.toString("utf8")).result,
    );
  });
}

test("a server that asks back is a fault that names it, not an answer nobody understands", async () => {
  const asking = replyOf({ result: { resultType: "input_required", inputRequests: {} } });
  await assert.rejects(run(lineOf(async () => asking)).outcome, { code: "UPSTREAM_PROTOCOL", server: "files" });
});

test("a result that has to be rewritten and is no JSON is a fault of the server", async () => {
  const { bytes, scan } = replyOf({ result: { contents: [{ uri: "a://1", text: 1 }] } });
  const broken = { bytes: Buffer.from(bytes.toString().replace('"text":1', '"text":x')), scan };
  await assert.rejects(
    run(
      lineOf(async () => broken),
      { kind: "resource" },
    ).outcome,
    {
      code: "UPSTREAM_PROTOCOL",
      message: /not valid JSON/,
    },
  );
});
