import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "#lib/json.ts";
import { createCatalog } from "#upstream/catalog.ts";
import { EMPTY_LISTS } from "#upstream/snapshot.ts";
import { answerList, CALLED, LISTED, unknownMethod } from "./requests.ts";

const CALLS: [method: string, params: JsonObject, called: object][] = [
  ["tools/call", { name: "t" }, { kind: "tool", name: "t" }],
  ["tools/call", { name: "t", arguments: {} }, { kind: "tool", name: "t" }],
  ["prompts/get", { name: "p" }, { kind: "prompt", name: "p" }],
  ["resources/read", { uri: "a://b" }, { kind: "resource", name: "a://b" }],
  ["completion/complete", { ref: { type: "ref/prompt", name: "p" } }, { kind: "completion", name: "p" }],
  ["completion/complete", { ref: { type: "ref/resource", uri: "a://b" } }, { kind: "completion", name: "a://b" }],
];
for (const [method, params, called] of CALLS) {
  test(`${method} of ${JSON.stringify(params)} goes to a server`, () =>
    assert.deepEqual(CALLED.get(method)?.(params), called));
}

const REFUSED: [method: string, params: JsonObject, message: RegExp][] = [
  ["tools/call", {}, /name is missing/],
  ["tools/call", { name: "" }, /name is missing/],
  ["tools/call", { name: 1 }, /name is missing/],
  ["tools/call", { name: "x".repeat(4_097) }, /name is longer than 4096/],
  ["tools/call", { name: "t", arguments: [] }, /arguments are not an object/],
  ["tools/call", { name: "t", arguments: null }, /arguments are not an object/],
  ["resources/read", { name: "n" }, /uri is missing/],
  ["completion/complete", {}, /ref is missing/],
  ["completion/complete", { ref: { type: "ref/resource", name: "n" } }, /uri is missing/],
];
for (const [method, params, message] of REFUSED) {
  test(`${method}: ${message.source}`, () => {
    assert.throws(() => CALLED.get(method)?.(params), { code: "INVALID_PARAMS", message });
  });
}

test("names that every JavaScript object has are no methods", () => {
  for (const method of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    assert.equal(CALLED.get(method), undefined);
    assert.equal(LISTED.get(method), undefined);
  }
});

test("lists are answered whole, and a cursor nobody gave out is refused", () => {
  const catalog = createCatalog();
  catalog.put(
    "files",
    {
      era: "legacy",
      protocolVersion: "2025-11-25",
      serverInfo: null,
      instructions: null,
      capabilities: {},
      lists: { ...EMPTY_LISTS, tools: [{ name: "read" }] },
      hints: {},
    },
    { allow: ["*"], deny: [] },
  );
  const { members, hints } = answerList(catalog, { view: null, kind: "tools", params: {} });
  assert.equal(members, '"tools":[{"name":"files__read"}]');
  assert.deepEqual(hints, { ttlMs: 0, cacheScope: "private" });
  for (const cursor of ["", "x", null]) {
    assert.throws(() => answerList(catalog, { view: null, kind: "tools", params: { cursor } }), {
      code: "INVALID_PARAMS",
    });
  }
});

test("an unknown method is told, and a long one only in part", () => {
  assert.match(unknownMethod("no/such").message, /^Method not found: no\/such is not served/);
  assert.ok(unknownMethod("x".repeat(10_000)).message.length < 200);
});
