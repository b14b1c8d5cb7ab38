import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { handWorld } from "#lib/hand-world.ts";
import { type Catalog, createCatalog } from "#upstream/catalog.ts";
import { definitionOf, later, newCall, OK, snapshotOf } from "./call.fixture.ts";
import type { Call, NewCall } from "./call.ts";
import { type ResolveDeps, resolve } from "./resolve.ts";

const ALL = { allow: ["*"], deny: [] };
const FILES = snapshotOf({
  tools: [{ name: "read" }, { name: "_odd__name" }],
  prompts: [{ name: "greet" }],
  resources: [{ uri: "file:///a" }],
});
const MODERN = snapshotOf(
  {
    tools: [
      { name: "plain" },
      { name: "mirrored", inputSchema: { properties: { region: { type: "string", "x-mcp-header": "Region" } } } },
    ],
  },
  { era: "modern" },
);

function full(): Catalog {
  const catalog = createCatalog();
  catalog.put("files", FILES, ALL);
  catalog.put("modern", MODERN, ALL);
  return catalog;
}

function run(fields: Partial<NewCall>, more: Partial<ResolveDeps> = {}): { call: Call; outcome: Promise<unknown> } {
  const world = handWorld();
  const call = newCall(world, fields);
  const layer = resolve({
    world,
    catalog: full(),
    definition: (server) => (server === "files" || server === "modern" ? definitionOf(server) : undefined),
    firstContact: () => Promise.reject(new Error("nobody is to be waited for")),
    ...more,
  });
  return { call, outcome: later(layer(async () => OK))(call) };
}

const tool = (name: string, view: string | null = null): Partial<NewCall> => ({
  kind: "tool",
  view,
  name,
  params: { name, arguments: { a: 1 } },
});

const FOUND: [title: string, fields: Partial<NewCall>, server: string, params: object][] = [
  ["a tool on the aggregate", tool("files__read"), "files", { name: "read", arguments: { a: 1 } }],
  ["a tool on its server", tool("read", "files"), "files", { name: "read", arguments: { a: 1 } }],
  ["a tool with odd underscores", tool("files___odd__name"), "files", { name: "_odd__name", arguments: { a: 1 } }],
  [
    "a legacy server's tool without arguments gets an empty object",
    { ...tool("read", "files"), params: { name: "read" } },
    "files",
    { name: "read", arguments: {} },
  ],
  [
    "a modern server's tool without arguments gets none",
    { ...tool("plain", "modern"), params: { name: "plain" } },
    "modern",
    { name: "plain" },
  ],
  [
    "a prompt on the aggregate",
    { kind: "prompt", name: "files__greet", params: { name: "files__greet", arguments: { n: "x" } } },
    "files",
    { name: "greet", arguments: { n: "x" } },
  ],
  [
    "a resource on the aggregate",
    { kind: "resource", name: "omni2://files/file:///a", params: { uri: "omni2://files/file:///a" } },
    "files",
    { uri: "file:///a" },
  ],
  [
    "a resource that no list names, because templates make more",
    { kind: "resource", view: "files", name: "file:///z", params: { uri: "file:///z" } },
    "files",
    { uri: "file:///z" },
  ],
  [
    "a completion of a prompt",
    {
      kind: "completion",
      name: "files__greet",
      params: { ref: { type: "ref/prompt", name: "files__greet" }, argument: { name: "n", value: "A" } },
    },
    "files",
    { ref: { type: "ref/prompt", name: "greet" }, argument: { name: "n", value: "A" } },
  ],
  [
    "a completion of a template",
    {
      kind: "completion",
      name: "omni2://files/file:///{x}",
      params: { ref: { type: "ref/resource", uri: "omni2://files/file:///{x}" } },
    },
    "files",
    { ref: { type: "ref/resource", uri: "file:///{x}" } },
  ],
];
for (const [title, fields, server, params] of FOUND) {
  test(`${title} is aimed in the server's own words`, async () => {
    const { call, outcome } = run(fields);
    assert.equal(await outcome, OK);
    assert.equal(call.target?.server, server);
    assert.equal(call.target?.timeoutMs, 5_000);
    assert.deepEqual(call.target?.params, params);
  });
}

const UNKNOWN: [fields: Partial<NewCall>, message: string][] = [
  [tool("nope"), "Unknown tool: nope is not served here; list the tools again."],
  [tool("files__nope"), "Unknown tool: files__nope is not served here; list the tools again."],
  [tool("nope", "files"), "Unknown tool: nope is not served by files; list the tools again."],
  [tool("files__read", "files"), "Unknown tool: files__read is not served by files; list the tools again."],
  [tool("__proto__"), "Unknown tool: __proto__ is not served here; list the tools again."],
  [
    { kind: "resource", name: "file:///a", params: { uri: "file:///a" } },
    "Resource not found: file:///a is not served here; list the resources or prompts again.",
  ],
  [tool("x".repeat(4_000)), `Unknown tool: ${"x".repeat(100)}... is not served here; list the tools again.`],
];
for (const [fields, message] of UNKNOWN) {
  test(message.slice(0, 80), async () => {
    await assert.rejects(run(fields).outcome, { code: "TOOL_NOT_FOUND", message });
  });
}

test("mirrored arguments become headers", async () => {
  const { call, outcome } = run({
    ...tool("mirrored", "modern"),
    params: { name: "mirrored", arguments: { region: "eu" } },
  });
  await outcome;
  assert.deepEqual(call.target?.headers, { "Mcp-Param-Region": "eu" });
});

test("a disabled server says so, with and without lists of its own", async () => {
  const off = (server: string): UpstreamDefinition => definitionOf(server, { enabled: false });
  for (const catalog of [full(), createCatalog()]) {
    for (const fields of [tool("files__read"), tool("read", "files")]) {
      await assert.rejects(run(fields, { definition: off, catalog }).outcome, {
        code: "UPSTREAM_UNAVAILABLE",
        message: "files is disabled; it must be enabled before it can be used.",
      });
    }
  }
});

test("a name of a server that has not answered yet waits for its first contact", async () => {
  const catalog = createCatalog();
  const asked: string[] = [];
  const firstContact = async (server: string): Promise<void> => {
    asked.push(server);
    catalog.put(server, FILES, ALL);
  };
  const { call, outcome } = run(tool("files__read"), { catalog, firstContact });
  assert.equal(await outcome, OK);
  assert.equal(call.target?.server, "files");
  assert.deepEqual(asked, ["files"]);
});

test("why the first contact failed is what the caller hears", async () => {
  const fault = new Fault("UPSTREAM_UNAVAILABLE", "files is away.");
  const deps = { catalog: createCatalog(), firstContact: () => Promise.reject(fault) };
  await assert.rejects(run(tool("files__read"), deps).outcome, fault);
});

test("nobody waits for a server that is not configured", async () => {
  await assert.rejects(run(tool("gone__read"), { catalog: createCatalog() }).outcome, { code: "TOOL_NOT_FOUND" });
});

test("a start that lasts longer than the call may is a timeout that says nothing was sent", async () => {
  const world = handWorld();
  const firstContact: ResolveDeps["firstContact"] = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const { outcome } = run(tool("files__read"), { world, catalog: createCatalog(), firstContact });
  const ended = assert.rejects(outcome, { code: "UPSTREAM_TIMEOUT", message: /within 5000 ms; nothing was sent/ });
  world.advance(5_000);
  await ended;
  assert.equal(world.timers, 0);
});
