// Does the dashboard's handling of JSON hold for every document? Its reader against JSON itself, its merge patches against their law.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { holds as found, isObject, type JsonObject, leavesOf, patched, patchOf, same } from "../web/src/json/merge.ts";
import { readJson } from "../web/src/json/read.ts";

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(0, 1, "x", true),
    fc.array(fc.nat(2), { maxLength: 2 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), tie("value"), { maxKeys: 3 }),
})).object as fc.Arbitrary<JsonObject>;

test("the patch between two documents leads from the one to the other, and there is none between equal ones", () =>
  holds(
    fc.property(json, json, (before, after) => {
      const patch = patchOf(before, after);
      assert.ok(same(patched(before, patch), after));
      assert.equal(Object.keys(patch).length === 0, same(before, after));
      assert.deepEqual(patchOf(after, after), {});
    }),
  ));

test("every value of a document is among its leaves and found again by its names", () =>
  holds(
    fc.property(json, (document) => {
      for (const [path, value] of leavesOf(document)) {
        assert.ok(found(document, path));
        assert.ok(!isObject(value) || Object.keys(value).length === 0);
        assert.ok(!found(document, [...path, "more"]));
      }
    }),
  ));

test("whatever JSON writes is read back", () =>
  holds(
    fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.equal(JSON.stringify(readJson(text)), JSON.stringify({ value: JSON.parse(text) }));
    }),
  ));

test("no text at all breaks the reader, and whatever it refuses has a place", () =>
  holds(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,1tn\\/* \n') }), (text) => {
      const read = readJson(text);
      if (read.problem !== undefined) assert.ok(read.line >= 1 && read.column >= 1 && read.problem.length > 5);
    }),
  ));
