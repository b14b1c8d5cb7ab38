import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { type FakeGateway, fakeGateway, refusal, viewOf } from "./fake-gateway.fixture.ts";
import { runProgram } from "./program.ts";

const health = {
  status: "degraded",
  version: "1.2.3",
  database: "ready",
  servers: { total: 2, up: 1, degraded: 0, recovering: 0, down: 1, paused: 0, unknown: 0 },
  components: {},
};
const servers = [
  viewOf("files", "up", {
    tools: 14,
    latency: { p50: 12, p95: 20, p99: 30 },
    description: "bad \u001b[31mred\u0007 text",
  }),
  viewOf("git", "down", { statusReason: "connection refused" }),
];
const tool = {
  server: "files",
  name: "read",
  qualifiedName: "files__read",
  title: null,
  description: "Reads\na file",
  inputSchema: { properties: { lines: { type: "integer" } } },
  annotations: {},
};

let gateway: FakeGateway;
before(async () => {
  gateway = await fakeGateway();
});
after(() => gateway.close());
beforeEach(() => {
  gateway.reset({
    "GET /health": { status: 200, body: health },
    "GET /api/servers": { status: 200, body: { items: servers } },
    "GET /api/tools": { status: 200, body: { items: [tool] } },
    "POST /api/servers": { status: 201, body: viewOf("new", "recovering") },
    "DELETE /api/servers/new": { status: 204, body: null },
  });
});
const run = (...argv: string[]): Promise<number> => gateway.run(...argv);

test("status shows the gateway, the database and every server, worst first", async () => {
  assert.equal(await run("status"), 0);
  const text = gateway.out.join("\n");
  assert.match(text, /^gateway {3}degraded, version 1\.2\.3/);
  assert.match(
    text,
    /database {2}ready\nservers {3}2: 1 up, 1 down\n\n✖ git {4}down {2}connection refused\n● files {2}up {4}14 tools, 12 ms$/,
  );
});

test("status --json is one JSON document", async () => {
  assert.equal(await run("status", "--json"), 0);
  const answer = JSON.parse(gateway.out.join("\n"));
  assert.deepEqual([answer.health.status, answer.servers.length], ["degraded", 2]);
});

test("servers is a table, and what a server says cannot steer the terminal", async () => {
  assert.equal(await run("servers"), 0);
  assert.match(gateway.out[0] ?? "", /^NAME +STATUS +TYPE +ORIGIN +TOOLS +PROMPTS +RESOURCES +DESCRIPTION$/);
  assert.match(gateway.out[2] ?? "", /^files +up +stdio +file +14 +0 +0 +bad red text$/);
});

test("servers add takes an address, or a command after --", async () => {
  assert.equal(await run("servers", "add", "new", "https://h/mcp", "--header", "A: b:c", "--trusted"), 0);
  assert.equal(await run("servers", "add", "new", "--env", "K=v=w", "--", "npx", "-y", "pkg", "--json"), 0);
  assert.deepEqual(
    gateway.asked.map(({ body }) => body),
    [
      { name: "new", url: "https://h/mcp", headers: { A: "b:c" }, trusted: true },
      { name: "new", command: "npx", args: ["-y", "pkg", "--json"], env: { K: "v=w" } },
    ],
  );
  assert.deepEqual(gateway.out, ["Added new (stdio), now recovering.", "Added new (stdio), now recovering."]);
});

test("servers remove names what it removed", async () => {
  assert.equal(await run("servers", "remove", "new"), 0);
  assert.deepEqual([gateway.asked[0]?.what, gateway.out], ["DELETE /api/servers/new", ["Removed new."]]);
});

test("tools is a table with one line per tool; a filter that names no server is a fault", async () => {
  assert.equal(await run("tools", "--server", "files"), 0);
  assert.deepEqual(gateway.out, ["SERVER  TOOL  DESCRIPTION", "files   read  Reads a file"]);
  assert.equal((await refusal(run("tools", "--server", "nope"))).code, "SERVER_NOT_FOUND");
});

const callAnswer = (result: object) => ({ status: 200, body: { result, call: { id: "c1" } } });

test("call types its arguments by the tool's schema and prints text as it is", async () => {
  gateway.answers["POST /api/tools/call"] = callAnswer({
    content: [
      { type: "text", text: "a\u001b[1mb" },
      { type: "image", mimeType: "image/png", data: "AAAA" },
    ],
  });
  assert.equal(await run("call", "files", "read", "lines=5", "path=x"), 0);
  assert.deepEqual(gateway.asked.at(-1)?.body, {
    server: "files",
    tool: "read",
    arguments: { lines: 5, path: "x" },
    cache: "use",
  });
  assert.deepEqual(gateway.out, ["a\u001b[1mb", "[image image/png, 3 bytes; --json shows it]"]);
  gateway.out.length = 0;
  await runProgram(["call", "files", "read"], gateway.deps({ interactive: true }));
  assert.equal(gateway.out[0], "ab");
});

const SOURCES: [call: object, said: string[]][] = [
  [{ disposition: "hit", ageMs: 12_000 }, ["a", "(from the cache, 12 s old)"]],
  [{ disposition: "stale", ageMs: 600_000 }, ["a", "(from the cache, 10 min old and past its time)"]],
  [{ disposition: "coalesced", ageMs: null }, ["a", "(answered together with an equal call)"]],
  [{ disposition: "miss", ageMs: null }, ["a"]],
];
for (const [call, said] of SOURCES) {
  test(`call says on a terminal, and only there, that ${JSON.stringify(call)} was the source`, async () => {
    const result = { content: [{ type: "text", text: "a" }] };
    gateway.answers["POST /api/tools/call"] = { status: 200, body: { result, call } };
    await run("call", "files", "read");
    assert.deepEqual(gateway.out, ["a"]);
    gateway.out.length = 0;
    await runProgram(["call", "files", "read"], gateway.deps({ interactive: true }));
    assert.deepEqual(gateway.out.map(stripVTControlCharacters), said);
  });
}

test("a tool error exits with 1, and its text is printed", async () => {
  gateway.answers["POST /api/tools/call"] = callAnswer({
    isError: true,
    content: [{ type: "text", text: "no such file" }],
  });
  assert.equal(await run("call", "files", "read", "--args", "{}"), 1);
  assert.deepEqual(gateway.out, ["no such file"]);
});

const refusedCall = (status: number, code: string, message: string) => ({
  status,
  body: { error: { code, message, requestId: "r" } },
});

test("a fault of the gateway comes back as that fault", async () => {
  gateway.answers["POST /api/tools/call"] = refusedCall(504, "UPSTREAM_TIMEOUT", "files did not answer.");
  const fault = await refusal(run("call", "files", "read"));
  assert.deepEqual([fault.code, fault.message, fault.row.exit], ["UPSTREAM_TIMEOUT", "files did not answer.", 1]);
});

test("a call by a wrong name is told where the right one is", async () => {
  gateway.answers["POST /api/tools/call"] = refusedCall(404, "TOOL_NOT_FOUND", "Unknown tool.");
  const tool = await refusal(run("call", "files", "x"));
  assert.equal(tool.message, "files has no tool named x. `omni2 tools --server files` lists its tools.");
  gateway.answers["POST /api/tools/call"] = refusedCall(404, "SERVER_NOT_FOUND", "No server fils.");
  const server = await refusal(run("call", "fils", "x"));
  assert.deepEqual([server.code, server.message], ["SERVER_NOT_FOUND", "No server fils. There are: files, git."]);
});

test("when no gateway answers, the fault says how to start one", async () => {
  const fault = await refusal(run("status", "--url", "http://127.0.0.1:1"));
  assert.equal(
    fault.message,
    "No gateway answers at http://127.0.0.1:1. Start it with `npm start`, or name another with --url.",
  );
});

test("a wrong or missing token and an answer of something else are told apart", async () => {
  const refused = await refusal(runProgram(["tools"], gateway.deps({ token: "wrong-wrong-wrong" })));
  assert.match(refused.message, /does not accept the token in OMNI2_ADMIN_TOKEN/);
  const missing = await refusal(runProgram(["tools"], gateway.deps({ token: null })));
  assert.match(missing.message, /asks for a token\. Set OMNI2_ADMIN_TOKEN/);
  gateway.answers = {};
  assert.match((await refusal(run("tools"))).message, /is not an OMNI2 gateway \(HTTP 404\)/);
});
