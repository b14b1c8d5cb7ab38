import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { type HeaderParam, headerParamsOf, paramHeaderFault, paramHeaders } from "./param-headers.ts";

const marked = (type: unknown, header: unknown = "Region"): object => ({ type, "x-mcp-header": header });
const object = (properties: object): object => ({ type: "object", properties });

const READ: [title: string, schema: unknown, found: readonly HeaderParam[] | undefined][] = [
  ["no schema has none", undefined, []],
  ["a plain schema has none", object({ a: { type: "string" } }), []],
  ["a text", object({ a: marked("string") }), [{ path: ["a"], header: "Region" }]],
  ["a whole number", object({ a: marked("integer") }), [{ path: ["a"], header: "Region" }]],
  ["a yes or no", object({ a: marked("boolean") }), [{ path: ["a"], header: "Region" }]],
  ["one deep inside", object({ a: object({ b: marked("string") }) }), [{ path: ["a", "b"], header: "Region" }]],
  [
    "a property that is called properties",
    object({ properties: marked("string") }),
    [{ path: ["properties"], header: "Region" }],
  ],
  ["data that looks like a mark", object({ a: { type: "object", default: { "x-mcp-header": 1 } } }), []],
  ["a number is refused", object({ a: marked("number") }), undefined],
  ["an object is refused", object({ a: marked("object") }), undefined],
  ["a type list is refused", object({ a: marked(["string", "null"]) }), undefined],
  ["no type is refused", object({ a: marked(undefined) }), undefined],
  ["a name with a blank is refused", object({ a: marked("string", "a b") }), undefined],
  ["an empty name is refused", object({ a: marked("string", "") }), undefined],
  ["a name that is no text is refused", object({ a: marked("string", 1) }), undefined],
  [
    "two of one name are refused, whatever their case",
    object({ a: marked("string", "X"), b: marked("string", "x") }),
    undefined,
  ],
  ["a mark on the whole schema is refused", marked("string"), undefined],
  ["a mark inside a list is refused", object({ a: { type: "array", items: marked("string") } }), undefined],
  ["a mark inside a choice is refused", object({ a: { anyOf: [marked("string")] } }), undefined],
  ["a mark inside a choice's properties is refused", { anyOf: [object({ a: marked("string") })] }, undefined],
];
for (const [title, schema, found] of READ) {
  test(`mirrored arguments: ${title}`, () => assert.deepEqual(headerParamsOf(schema), found));
}

const PARAMS: readonly HeaderParam[] = [
  { path: ["region"], header: "Region" },
  { path: ["deep", "flag"], header: "Flag" },
  { path: ["size"], header: "Size" },
];
const lower = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

test("headers that we write agree with the arguments they were written from", () => {
  const args = fc.record(
    {
      region: fc.oneof(fc.string({ unit: "grapheme" }), fc.constant(null)),
      deep: fc.oneof(fc.record({ flag: fc.boolean() }), fc.constantFrom(null, "odd")),
      size: fc.oneof(fc.maxSafeInteger(), fc.double(), fc.constant(null)),
    },
    { requiredKeys: [] },
  );
  holds(
    fc.property(args, (given) => {
      assert.equal(paramHeaderFault(PARAMS, given, lower(paramHeaders(PARAMS, given))), undefined);
    }),
  );
});

test("absent and null arguments have no header", () => {
  assert.deepEqual(paramHeaders(PARAMS, {}), {});
  assert.deepEqual(paramHeaders(PARAMS, { region: null, deep: {} }), {});
  assert.deepEqual(paramHeaders(PARAMS, { region: "é", deep: { flag: false }, size: 3 }), {
    "Mcp-Param-Region": "=?base64?w6k=?=",
    "Mcp-Param-Flag": "false",
    "Mcp-Param-Size": "3",
  });
});

const DISAGREEING: [title: string, args: object, headers: Record<string, string | string[]>][] = [
  ["a missing header", { region: "eu" }, {}],
  ["another value", { region: "eu" }, { "mcp-param-region": "us" }],
  ["a header without its argument", {}, { "mcp-param-region": "eu" }],
  ["a header sent twice", { region: "eu" }, { "mcp-param-region": ["eu", "eu"] }],
  ["a malformed encoding", { region: "é" }, { "mcp-param-region": "=?base64?w6k?=" }],
];
for (const [title, args, headers] of DISAGREEING) {
  test(`${title} is a fault that names header and argument`, () => {
    const fault = paramHeaderFault(PARAMS, { ...args }, headers);
    assert.equal(fault?.code, "HEADER_MISMATCH");
    assert.match(fault.message, /Mcp-Param-Region header and the argument region disagree/);
  });
}

test("blanks around a header count for nothing", () => {
  assert.equal(paramHeaderFault(PARAMS, { region: "eu" }, { "mcp-param-region": " eu\t" }), undefined);
});
