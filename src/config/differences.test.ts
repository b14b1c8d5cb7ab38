import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import type { JsonObject } from "#lib/json.ts";
import { type Difference, differences } from "./differences.ts";

const document = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }), {
  maxKeys: 5,
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;

/** One document, and a neighbour of it: another that shares some of its members. */
const pair = fc.tuple(document, document, fc.nat()).map(([before, other, seed]): [JsonObject, JsonObject] => {
  const shared = Object.fromEntries(Object.entries(before).filter((_entry, at) => (seed >> at) % 2 === 0));
  return [before, { ...shared, ...other }];
});

function applied(document: JsonObject, all: readonly Difference[]): JsonObject {
  const result = structuredClone(document);
  for (const { path, ...sides } of all) {
    const holder = path.slice(0, -1).reduce<JsonObject>((at, key) => at[key] as JsonObject, result);
    const key = path.at(-1) as string;
    if ("after" in sides)
      Object.defineProperty(holder, key, { value: sides.after, enumerable: true, configurable: true, writable: true });
    else delete holder[key];
  }
  return result;
}

test("the differences, applied to the one document, make the other", () => {
  holds(fc.property(pair, ([before, after]) => assert.deepEqual(applied(before, differences(before, after)), after)));
});

test("a document has no difference to itself, and every difference is one", () => {
  holds(
    fc.property(pair, ([before, after]) => {
      assert.deepEqual(differences(before, structuredClone(before)), []);
      for (const { before: old, after: next } of differences(before, after)) assert.notDeepEqual(old, next);
    }),
  );
});

test("what is added or removed is told as a whole, what is altered by its own place", () => {
  const before = { servers: { a: { url: "x" }, b: { url: "y", cache: { ttlMs: 1 } } } };
  const after = { servers: { b: { url: "y", cache: { ttlMs: 2 } }, c: { url: "z" } } };
  assert.deepEqual(differences(before, after), [
    { path: ["servers", "b", "cache", "ttlMs"], before: 1, after: 2 },
    { path: ["servers", "c"], after: { url: "z" } },
    { path: ["servers", "a"], before: { url: "x" } },
  ]);
});
