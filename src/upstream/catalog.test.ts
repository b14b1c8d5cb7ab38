import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "#lib/json.ts";
import { type Catalog, createCatalog, type View, viewCapabilities } from "./catalog.ts";
import { EMPTY_LISTS, LIST_KINDS, type ListKind, type Snapshot } from "./snapshot.ts";

const ALL = { allow: ["*"], deny: [] };
const of = (lists: Partial<Snapshot["lists"]>, more: Partial<Snapshot> = {}): Snapshot => ({
  era: "legacy",
  protocolVersion: "2025-11-25",
  serverInfo: null,
  instructions: null,
  capabilities: {},
  lists: { ...EMPTY_LISTS, ...lists },
  hints: {},
  ...more,
});

const UI = { _meta: { ui: { resourceUri: "ui://page" } } };
const FILES = of({
  tools: [
    { name: "read", title: "Read" },
    { name: "write", ...UI },
  ],
  prompts: [{ name: "greet" }],
  resources: [{ uri: "file:///a" }],
  resourceTemplates: [{ uriTemplate: "file:///{x}" }],
});
const WEB = of({ tools: [{ name: "read" }], prompts: [{ name: "greet" }] });

function both(): Catalog {
  const catalog = createCatalog();
  catalog.put("web", WEB, ALL);
  catalog.put("files", FILES, ALL);
  return catalog;
}

const listed = (catalog: Catalog, view: View, kind: ListKind): JsonObject[] =>
  JSON.parse(catalog.list(view, kind).text);

test("the aggregate lists everything under its server's name, in the order of names", () => {
  const catalog = both();
  assert.deepEqual(listed(catalog, null, "tools"), [
    { name: "files__read", title: "Read" },
    { name: "files__write", _meta: { ui: { resourceUri: "ui://files/page" } } },
    { name: "web__read" },
  ]);
  assert.deepEqual(listed(catalog, null, "prompts"), [{ name: "files__greet" }, { name: "web__greet" }]);
  assert.deepEqual(listed(catalog, null, "resources"), [{ uri: "omni2://files/file:///a" }]);
  assert.deepEqual(listed(catalog, null, "resourceTemplates"), [{ uriTemplate: "omni2://files/file:///{x}" }]);
});

test("a server's own endpoint lists exactly its own definitions", () => {
  const catalog = both();
  for (const kind of LIST_KINDS) assert.deepEqual(listed(catalog, "files", kind), FILES.lists[kind]);
  assert.deepEqual(listed(catalog, "nope", "tools"), []);
});

test("tools and prompts are found under the name that the view shows, and no other", () => {
  const catalog = both();
  assert.equal(catalog.tool(null, "web__read")?.server, "web");
  assert.equal(catalog.tool("web", "read")?.qualifiedName, "web__read");
  assert.equal(catalog.tool("web", "web__read"), undefined);
  assert.equal(catalog.tool(null, "read"), undefined);
  assert.equal(catalog.tool("web", "write"), undefined);
  assert.deepEqual(catalog.prompt(null, "web__greet"), { server: "web", name: "greet" });
  assert.deepEqual(catalog.prompt("files", "greet"), { server: "files", name: "greet" });
  assert.equal(catalog.prompt(null, "greet"), undefined);
  for (const name of ["__proto__", "constructor", "files__", "files__constructor"]) {
    assert.equal(catalog.tool(null, name), undefined);
    assert.equal(catalog.prompt(null, name), undefined);
  }
});

test("tools that the rules hide are neither listed nor callable nor counted", () => {
  const catalog = createCatalog();
  catalog.put("files", FILES, { allow: ["*"], deny: ["write"] });
  assert.deepEqual(
    listed(catalog, "files", "tools").map(({ name }) => name),
    ["read"],
  );
  assert.equal(catalog.tool("files", "write"), undefined);
  assert.equal(catalog.tool(null, "files__write"), undefined);
  assert.equal(catalog.toolCount("files"), 1);
  assert.equal(catalog.snapshot("files"), FILES);
});

test("a new snapshot replaces the old one at once, a dropped server is gone", () => {
  const catalog = both();
  catalog.list(null, "tools");
  catalog.put("web", of({ tools: [{ name: "fetch" }] }), ALL);
  assert.deepEqual(
    listed(catalog, null, "tools").map(({ name }) => name),
    ["files__read", "files__write", "web__fetch"],
  );
  assert.equal(catalog.tool(null, "web__read"), undefined);
  catalog.drop("web");
  catalog.drop("web");
  assert.deepEqual(catalog.servers(), ["files"]);
  assert.equal(catalog.tool(null, "web__fetch"), undefined);
  assert.equal(catalog.snapshot("web"), undefined);
  assert.equal(catalog.tools().length, 2);
});

test("a modern tool with invalid header annotations is not offered; a legacy one is, for there they mean nothing", () => {
  const tools = [{ name: "bad", inputSchema: { properties: { a: { type: "number", "x-mcp-header": "A" } } } }];
  const catalog = createCatalog();
  catalog.put("modern", of({ tools }, { era: "modern" }), ALL);
  catalog.put("legacy", of({ tools }), ALL);
  assert.equal(catalog.tool("modern", "bad"), undefined);
  assert.deepEqual(catalog.tool("legacy", "bad")?.headerParams, []);
});

test("a merged list may be kept as briefly and as privately as its strictest part", () => {
  const hinted = (ttlMs: number, cacheScope: "public" | "private"): Snapshot =>
    of({ tools: [{ name: "t" }] }, { era: "modern", hints: { tools: { ttlMs, cacheScope } } });
  const catalog = createCatalog();
  assert.deepEqual(catalog.list(null, "tools").hints, { ttlMs: 0, cacheScope: "private" });
  catalog.put("a", hinted(50, "public"), ALL);
  assert.deepEqual(catalog.list(null, "tools").hints, { ttlMs: 50, cacheScope: "public" });
  catalog.put("b", hinted(20, "public"), ALL);
  assert.deepEqual(catalog.list(null, "tools").hints, { ttlMs: 20, cacheScope: "public" });
  catalog.put("c", hinted(90, "private"), ALL);
  assert.deepEqual(catalog.list(null, "tools").hints, { ttlMs: 20, cacheScope: "private" });
  catalog.put("d", WEB, ALL);
  assert.deepEqual(catalog.list(null, "tools").hints, { ttlMs: 0, cacheScope: "private" });
  assert.deepEqual(catalog.list("b", "tools").hints, { ttlMs: 20, cacheScope: "public" });
});

test("a hidden server leaves every list, while its tools are still found by name and its snapshot is kept", () => {
  const catalog = both();
  catalog.list(null, "tools");
  catalog.setHidden("files", true);
  assert.deepEqual(listed(catalog, null, "tools"), [{ name: "web__read" }]);
  for (const kind of LIST_KINDS) assert.deepEqual(listed(catalog, "files", kind), []);
  assert.deepEqual(
    catalog.tools().map(({ qualifiedName }) => qualifiedName),
    ["web__read"],
  );
  assert.equal(catalog.tool(null, "files__read")?.server, "files");
  assert.deepEqual(catalog.prompt(null, "files__greet"), { server: "files", name: "greet" });
  assert.equal(catalog.toolCount("files"), 2);
  assert.equal(catalog.snapshot("files"), FILES);
});

test("a server stays hidden when it is put anew, returns when it is shown, and a dropped one is forgotten", () => {
  const catalog = both();
  const names = (): unknown[] => listed(catalog, null, "tools").map(({ name }) => name);
  catalog.setHidden("web", true);
  catalog.put("web", of({ tools: [{ name: "fetch" }] }), ALL);
  assert.deepEqual(names(), ["files__read", "files__write"]);
  catalog.setHidden("web", false);
  assert.deepEqual(names(), ["files__read", "files__write", "web__fetch"]);
  catalog.setHidden("web", true);
  catalog.drop("web");
  catalog.put("web", WEB, ALL);
  assert.deepEqual(names(), ["files__read", "files__write", "web__read"]);
});

const CAPABLE: [view: View, listChanged: boolean, capabilities: JsonObject][] = [
  [null, true, { tools: { listChanged: true }, prompts: { listChanged: true }, logging: {}, completions: {} }],
  [null, false, { tools: {}, prompts: {}, logging: {}, completions: {} }],
  ["a", true, { tools: { listChanged: true }, logging: {} }],
  ["nope", true, {}],
];
for (const [view, listChanged, capabilities] of CAPABLE) {
  test(`the view ${view} with${listChanged ? "" : "out"} a stream announces ${Object.keys(capabilities)}`, () => {
    const catalog = createCatalog();
    const a = { tools: { listChanged: false }, logging: {}, tasks: {}, experimental: {} };
    catalog.put("a", of({}, { capabilities: a }), ALL);
    catalog.put("b", of({}, { capabilities: { prompts: {}, completions: {}, tools: null } }), ALL);
    assert.deepEqual(viewCapabilities(catalog, view, listChanged), capabilities);
  });
}
