import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { decodeHeaderValue, encodeHeaderValue, trimOws } from "./header-value.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }).map((value) => value.toWellFormed()),
  fc.string({ unit: "grapheme" }),
  fc.base64String().map((value) => `=?base64?${value}?=`),
  fc.constantFrom("", " ", "a ", "\ta", "=?base64?", "=?base64??=", "=?base64?%%?=", "a\r\nb", "x".repeat(5_000)),
);

test("any text comes back as it was", () => {
  holds(fc.property(text, (value) => assert.equal(decodeHeaderValue(encodeHeaderValue(value)), value)));
});

test("what travels is visible ASCII that no hop would trim", () => {
  holds(
    fc.property(text, (value) => {
      const encoded = encodeHeaderValue(value);
      assert.match(encoded, /^[\x20-\x7e]+$/);
      assert.equal(trimOws(encoded), encoded);
    }),
  );
});

test("a plain value stays readable", () => {
  for (const value of ["echo", "a b", "file:///x?y=1#z", "=?utf8?x?="]) assert.equal(encodeHeaderValue(value), value);
});

const MALFORMED = [
  "=?base64?a?=",
  "=?base64?a===?=",
  "=?base64?YQ?=",
  "=?base64? YQ==?=",
  "=?base64?_-==?=",
  "=?base64?/w==?=",
];
for (const value of MALFORMED) {
  test(`${value} is malformed, not a guess`, () => assert.equal(decodeHeaderValue(value), undefined));
}

const TRIMMED: [given: string, left: string][] = [
  [" a ", "a"],
  ["\t a b\t", "a b"],
  ["", ""],
  ["   ", ""],
  ["\u00a0a", "\u00a0a"],
];
for (const [given, left] of TRIMMED) {
  test(`${JSON.stringify(given)} without its white space is ${JSON.stringify(left)}`, () =>
    assert.equal(trimOws(given), left));
}
