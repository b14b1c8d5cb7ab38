import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { holds } from "./holds.fixture.ts";
import { canonicalJson, canonicalText, closingQuote, jsonDepth, MAX_JSON_DEPTH } from "./json.ts";

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

/** The same values with the keys of every object in the opposite order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, turned(member)]),
  );
}

/** Any JSON, with keys that objects treat in their own ways. */
const json = fc.letrec<{ value: unknown }>((tie) => {
  const name = fc.oneof(fc.constantFrom("__proto__", "constructor", "0", "1", "10", "2", "", "\ud800"), fc.string());
  return {
    value: fc.oneof(
      { maxDepth: 4, depthIdentifier: "json" },
      fc.jsonValue({ maxDepth: 0, stringUnit: "binary" }),
      fc.array(tie("value"), { maxLength: 4, depthIdentifier: "json" }),
      fc
        .array(fc.tuple(name, tie("value")), { maxLength: 4, depthIdentifier: "json" })
        .map((members) => Object.fromEntries(members) as unknown),
    ),
  };
}).value;

test("canonical text does not depend on the order of keys", () => {
  assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }], a: 1 }), canonicalJson({ a: 1, b: [{ c: 2, d: 1 }] }));
  holds(fc.property(json, (value) => assert.equal(canonicalJson(turned(value)), canonicalJson(value))));
});

test("canonical text is JSON that reads back as the same value", () => {
  holds(
    fc.property(json, (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      assert.deepEqual(JSON.parse(canonicalJson(value)), plain);
      assert.equal(canonicalJson(plain), canonicalJson(value));
    }),
  );
});

test("two values have one canonical text exactly when they are equal", () => {
  // So few of them that equal ones meet.
  const leaf = fc.constantFrom<unknown>(1, "1", "", "a,b", true);
  const list = fc.array(leaf, { maxLength: 2 });
  const object = fc.dictionary(fc.constantFrom("a", "__proto__", '","'), fc.oneof(leaf, list), { maxKeys: 2 });
  const small = fc.oneof(leaf, list, object, fc.array(object, { maxLength: 2 }));
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  let equal = 0;
  holds(
    fc.property(small, small, (one, other) => {
      const isSame = isDeepStrictEqual(plain(one), plain(other));
      if (isSame) equal++;
      assert.equal(canonicalJson(one) === canonicalJson(other), isSame);
    }),
  );
  assert.ok(equal > 20, `only ${equal} pairs were equal`);
});

test("numbers written differently are one number, and a text is never a number", () => {
  const [first, ...others] = ["1", "1.0", "1e0", "10e-1"].map((text) => canonicalJson(JSON.parse(text)));
  for (const other of others) assert.equal(other, first);
  assert.notEqual(canonicalJson("1"), first);
  assert.notEqual(canonicalJson(true), first);
  assert.equal(canonicalJson(JSON.parse("-0")), canonicalJson(0));
});

test("lists keep their order, and letters that only look alike stay apart", () => {
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
  assert.notEqual(canonicalJson("\u00e9"), canonicalJson("e\u0301"));
  assert.notEqual(canonicalJson("\ud800"), canonicalJson("\ufffd"));
});

test("members without a value are left out, and a key named __proto__ is a key like others", () => {
  assert.equal(canonicalJson({ b: undefined, a: 1 }), '{"a":1}');
  assert.equal(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":2}}')), '{"__proto__":{"a":2},"b":1}');
});

test("canonical text is given exactly when it is no longer than the limit", () => {
  holds(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      assert.equal(canonicalText(value, text.length), text);
      assert.equal(canonicalText(value, text.length - 1), undefined);
    }),
  );
  for (const value of [[], {}, [[], {}], { a: {}, b: [] }, [{}, {}, {}], "", null, 0]) {
    const { length } = JSON.stringify(value);
    assert.equal(canonicalText(value, length)?.length, length);
    assert.equal(canonicalText(value, length - 1), undefined);
  }
});

test("a value beyond the limit is not written to its end", () => {
  let read = 0;
  const counted = (nameOf: (at: number) => string) =>
    new Proxy(Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [nameOf(at), at])), {
      get: (target, key: string) => {
        read++;
        return target[key];
      },
    });
  for (const value of [
    counted((at) => `k${at}`),
    counted((at) => `k${1_000 + at}`),
    counted((at) => `k${2_000 - at}`),
  ]) {
    for (const written of [value, [value, value]]) {
      read = 0;
      assert.equal(canonicalText(written, 100), undefined);
      assert.ok(read < 30, `${read} members were read`);
    }
  }
  assert.equal(canonicalText("x".repeat(1_000), 100), undefined);
});
