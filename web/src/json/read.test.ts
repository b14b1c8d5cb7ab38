import assert from "node:assert/strict";
import { test } from "node:test";
import { readJson } from "./read.ts";

const WRONG: readonly [text: string, place: string, words: RegExp][] = [
  ["", "1:1", /A value was expected, not the end/],
  ['{\n  "a": 1,\n  "b" 2\n}', "3:7", /colon was expected after “b”, not 2/],
  ['{"a": 1 "b": 2}', "1:9", /comma or } was expected, not "/],
  ['{"a": tru}', "1:7", /tru is not JSON/],
  ['{"a": 01}', "1:7", /01 is not JSON/],
  ["{'a': 1}", "1:2", /name in double quotes was expected, not '/],
  ['{\n"a": "no end\n}', "2:6", /no closing quote/],
  ['{"a": 1, "a": 2}', "1:10", /“a” stands twice/],
  ["[1, 2", "1:6", /comma or ] was expected, not the end/],
  ['{"a": 1} x', "1:10", /Nothing may follow the end, but x does/],
  ["[,]", "1:2", /A value was expected, not ,/],
  ["[".repeat(200), "1:102", /nested more than 100 deep/],
];

for (const [text, place, words] of WRONG)
  test(`${JSON.stringify(text.slice(0, 30))} goes wrong at ${place}`, () => {
    const read = readJson(text);
    assert.ok(read.problem !== undefined);
    assert.equal(`${read.line}:${read.column}`, place);
    assert.match(read.problem, words);
  });

test("comments and trailing commas are let through, as people's files have them", () => {
  const text = '// mine\n{ "a": [1, 2,], /* and\n more */ "b": "// no comment", }\n';
  assert.deepEqual(readJson(text), { value: { a: [1, 2], b: "// no comment" } });
});

test("a name such as __proto__ is one like any other", () => {
  assert.equal(JSON.stringify(readJson('{"__proto__": {"a": 1}}')), '{"value":{"__proto__":{"a":1}}}');
});
