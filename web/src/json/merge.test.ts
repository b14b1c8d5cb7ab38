import assert from "node:assert/strict";
import { test } from "node:test";
import { type JsonObject, patched, patchOf } from "./merge.ts";

/** The examples of RFC 7396, appendix A, whose documents and patches are objects. */
const EXAMPLES: readonly [JsonObject, JsonObject, JsonObject][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

for (const [document, patch, result] of EXAMPLES)
  test(`${JSON.stringify(document)} patched with ${JSON.stringify(patch)} is ${JSON.stringify(result)}`, () =>
    assert.deepEqual(patched(document, patch), result));

test("a null that a person writes takes the value back", () => {
  assert.deepEqual(patchOf({ a: 1, b: 2 }, { a: null, b: 2, c: null }), { a: null });
});
