import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { toolArguments } from "./arguments.ts";

const schema = {
  type: "object",
  properties: {
    text: { type: "string" },
    count: { type: "integer" },
    ratio: { type: "number" },
    deep: { type: "boolean" },
    list: { type: "array" },
    shape: { type: "object" },
    maybe: { type: ["integer", "null"] },
    either: { anyOf: [{ type: "number" }, { type: "string" }] },
    level: { enum: ["low", 2] },
  },
};

const READ: readonly [pair: string, value: unknown][] = [
  ["text=5", "5"],
  ["text=", ""],
  ["text=a=b", "a=b"],
  ["count=5", 5],
  ["count=-3", -3],
  ["ratio=0.5", 0.5],
  ["deep=true", true],
  ['list=["a",1]', ["a", 1]],
  ['shape={"a":{"b":1}}', { a: { b: 1 } }],
  ["maybe=null", null],
  ["either=5", 5],
  ["either=five", "five"],
  ["level=low", "low"],
  ["level=2", 2],
  ["unknown=5", "5"],
  ["toString=x", "x"],
];
for (const [pair, value] of READ) {
  test(`${pair} is read by the tool's schema`, () => {
    const [key = ""] = pair.split("=");
    assert.deepEqual(toolArguments([pair], undefined, schema)[key], value);
  });
}

const REFUSED: readonly [pairs: string[], json: string | undefined, said: RegExp][] = [
  [["count=many"], undefined, /^count must be a whole number\.$/],
  [["count=1.5"], undefined, /^count must be a whole number/],
  [["deep=yes"], undefined, /^deep must be true or false/],
  [["list={}"], undefined, /^list must be a JSON array/],
  [["shape=[1]"], undefined, /^shape must be a JSON object/],
  [["plain"], undefined, /key=value/],
  [["=5"], undefined, /key=value/],
  [[], "[1]", /--args must be a JSON object/],
  [[], "{", /--args must be a JSON object/],
];
for (const [pairs, json, said] of REFUSED) {
  test(`${pairs.join(" ")} ${json ?? ""} is a usage fault`, () => {
    assert.throws(
      () => toolArguments(pairs, json, schema),
      (error) => isFault(error, "USAGE") && said.test(error.message),
    );
  });
}

test("key=value stands beside --args and wins over it", () => {
  assert.deepEqual(toolArguments(["count=2"], '{"count": 1, "text": "x"}', schema), { count: 2, text: "x" });
});
