import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { canonicalJson, closingQuote, jsonDepth, MAX_JSON_DEPTH } from "./json.ts";

test("the closing quote of any string is found, however long and however escaped", () => {
  const piece = fc.constantFrom(
    '"',
    "\\",
    "a",
    "\n",
    "é",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "\u0000",
    "\ud83d\ude00",
  );
  void fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (pieces, times) => {
      const literal = Buffer.from(JSON.stringify(pieces.join("").repeat(times)));
      const text = Buffer.concat([literal, Buffer.from(',"next":"\\""}')]);
      assert.equal(closingQuote(text, 0), literal.length - 1);
    }),
    { numRuns: 1000 },
  );
});

test("a string that never ends has no closing quote", () => {
  for (const text of ['"', '"abc', '"abc\\"', `"${"x".repeat(100_000)}\\"`]) {
    assert.equal(closingQuote(Buffer.from(text), 0), -1);
  }
});

test("depth counts brackets outside strings and stops at the limit", () => {
  assert.equal(jsonDepth(Buffer.from('{"a":[{"b":"[[[["}]}')), 3);
  assert.equal(jsonDepth(Buffer.from("[".repeat(100_000))), MAX_JSON_DEPTH + 1);
});

test("canonical text does not depend on the order of keys", () => {
  assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }], a: 1 }), canonicalJson({ a: 1, b: [{ c: 2, d: 1 }] }));
});
