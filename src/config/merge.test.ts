import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { mergePatch, valueAt, withoutEmpty } from "./merge.ts";

// The examples of RFC 7396, appendix A.
const EXAMPLES: readonly [target: unknown, patch: unknown, result: unknown][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

for (const [target, patch, result] of EXAMPLES) {
  test(`${JSON.stringify(target)} with ${JSON.stringify(patch)} is ${JSON.stringify(result)}`, () => {
    const before = JSON.stringify([target, patch]);
    assert.deepEqual(mergePatch(target, patch), result);
    assert.equal(JSON.stringify([target, patch]), before, "nothing given is altered");
  });
}

const json = fc.jsonValue({ maxDepth: 4 });

test("merging the same patch twice is merging it once, and no null of a patch stays", () => {
  holds(
    fc.property(json, json, (target, patch) => {
      const once = mergePatch(target, patch);
      assert.deepEqual(mergePatch(once, patch), once);
    }),
  );
});

test("a member named __proto__ stays a member", () => {
  const merged = mergePatch(JSON.parse('{"__proto__": {"a": 1}}'), JSON.parse('{"__proto__": {"b": 2}}'));
  assert.deepEqual(valueAt(merged, ["__proto__"]), { a: 1, b: 2 });
  assert.equal(({} as { b?: unknown }).b, undefined);
});

test("what is empty goes, with what only held that", () => {
  assert.deepEqual(withoutEmpty({ a: { b: { c: {} } }, d: { e: {}, f: 0 }, g: [] }), { d: { f: 0 }, g: [] });
});
