import assert from "node:assert/strict";
import { test } from "node:test";
import { storableJson } from "./batch.ts";

const cases: [string, unknown, string][] = [
  ["plain values pass unchanged", { a: [1, "ü😀", null] }, '{"a":[1,"ü😀",null]}'],
  ["an escaped text about NUL is no NUL", "\\u0000", '"\\\\u0000"'],
  ["NUL is replaced", "a\0b", '"a\ufffdb"'],
  ["half a surrogate pair is replaced", ["\ud800", "x\udc00"], '["\ufffd","x\ufffd"]'],
  ["keys are cleaned like values", { "k\0": { "\udfff": 1 } }, '{"k\ufffd":{"\ufffd":1}}'],
];

for (const [title, value, text] of cases) test(title, () => assert.equal(storableJson(value), text));
