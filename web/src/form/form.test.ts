import assert from "node:assert/strict";
import { test } from "node:test";
import { collect, draftsOf, type GroupDraft } from "./draft.ts";
import { type Field, fieldsOf, type Schema } from "./fields.ts";
import { begin, read, swap, WHOLE } from "./written.ts";

const object = (properties: Record<string, unknown>, required: string[] = [], more: Schema = {}): Schema => ({
  type: "object",
  properties,
  required,
  ...more,
});
const formOf = (properties: Record<string, unknown>, required: string[] = [], more: Schema = {}): readonly Field[] =>
  fieldsOf(object(properties, required, more)) ?? [];

const KINDS: readonly [string, Schema, Field["kind"]][] = [
  ["a string", { type: "string" }, "text"],
  ["an integer", { type: "integer" }, "number"],
  ["a boolean", { type: "boolean" }, "boolean"],
  ["an enumeration", { enum: ["a", 1, null] }, "choice"],
  ["a constant", { const: "a" }, "choice"],
  ["a union of constants", { oneOf: [{ const: 1 }, { const: 2 }] }, "choice"],
  ["a list of strings", { type: "array", items: { type: "string" } }, "list"],
  ["a list of choices", { type: "array", items: { enum: [1, 2] } }, "list"],
  ["a list of objects", { type: "array", items: object({ a: { type: "string" } }) }, "json"],
  ["a list of anything", { type: "array" }, "json"],
  ["an object", object({ a: { type: "string" } }), "group"],
  ["a free object", { type: "object" }, "json"],
  ["a value or null", { anyOf: [{ type: "string" }, { type: "null" }] }, "text"],
  ["a type or null", { type: ["number", "null"] }, "number"],
  ["two types", { type: ["number", "string"] }, "json"],
  ["a reference", { $ref: "#/$defs/name" }, "text"],
  ["a reference to itself", { $ref: "#/$defs/loop" }, "json"],
  ["a reference elsewhere", { $ref: "https://example.com/schema" }, "json"],
  ["nothing known", {}, "json"],
];

for (const [what, schema, kind] of KINDS)
  test(`${what} becomes a ${kind} field`, () => {
    const $defs = { name: { type: "string" }, loop: { $ref: "#/$defs/loop" } };
    assert.equal(formOf({ field: schema }, [], { $defs })[0]?.kind, kind);
  });

test("a schema that is a union as a whole has no form", () => {
  assert.equal(fieldsOf({ type: "object", oneOf: [object({}), object({})] }), null);
  assert.deepEqual(fieldsOf({ type: "object" }), []);
});

test("a schema that nests without end is cut off", () => {
  const node: Record<string, unknown> = { type: "object", properties: { next: { $ref: "#/$defs/node" } } };
  const depth = (fields: readonly Field[]): number =>
    1 + Math.max(0, ...fields.map((field) => (field.kind === "group" ? depth(field.fields) : 0)));
  assert.ok(depth(formOf({ node: { $ref: "#/$defs/node" } }, [], { $defs: { node } })) < 8);
});

const fields = formOf(
  {
    text: { type: "string" },
    limit: { type: "integer", minimum: 1, maximum: 5, default: 3 },
    flag: { type: "boolean" },
    mode: { enum: ["fast", "slow"] },
    tags: { type: "array", items: { type: "integer" } },
    range: object({ from: { type: "string" }, to: { type: "string" } }, ["from"]),
    extra: {},
  },
  ["text"],
);
const filled = (drafts: GroupDraft) => collect(fields, { ...draftsOf(fields, undefined), ...drafts });

test("defaults are filled in and what was not given is not sent", () => {
  assert.deepEqual(filled({ text: "x" }), { values: { text: "x", limit: 3 }, problems: {} });
});

test("every kind of field is read as its own type", () => {
  const drafts = {
    text: "x",
    limit: "5",
    flag: "false",
    mode: "1",
    tags: ["1", "2"],
    range: { from: "a", to: "" },
    extra: "[1]",
  };
  const values = { text: "x", limit: 5, flag: false, mode: "slow", tags: [1, 2], range: { from: "a" }, extra: [1] };
  assert.deepEqual(filled(drafts), { values, problems: {} });
});

test("each wrong field says what is wrong with it", () => {
  const drafts = { limit: "9", tags: ["1", "", "x"], range: { from: "", to: "b" }, extra: "{" };
  const { problems } = filled(drafts);
  assert.deepEqual(Object.keys(problems), ["text", "limit", "tags/1", "tags/2", "range/from", "extra"]);
  assert.equal(problems.limit, "Write 5 or less.");
  assert.equal(filled({ text: "x", limit: "1.5" }).problems.limit, "Write a whole number.");
});

test("a name that means something to JavaScript stays a plain argument", () => {
  const odd = formOf({ ["__proto__"]: { type: "string" } } as Record<string, unknown>);
  const schema = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}') as Schema;
  const { values } = collect(fieldsOf(schema) ?? odd, Object.fromEntries([["__proto__", "x"]]));
  assert.equal(JSON.stringify(values), '{"__proto__":"x"}');
});

test("arguments survive the way to JSON and back", () => {
  const drafts = { ...draftsOf(fields, undefined), text: "x", tags: ["4"] };
  const json = swap(fields, { kind: "form", drafts });
  assert.ok(json.written.kind === "json");
  assert.deepEqual(JSON.parse(json.written.text), { text: "x", limit: 3, tags: [4] });
  const back = swap(fields, json.written);
  assert.ok(back.written.kind === "form");
  assert.deepEqual(collect(fields, back.written.drafts).values, { text: "x", limit: 3, tags: [4] });
});

test("JSON that the form cannot hold, or cannot be read, stays JSON and says why", () => {
  for (const text of ['{"text":"x","other":1}', "{", "[]"]) {
    const { written, problems } = swap(fields, { kind: "json", text });
    assert.deepEqual(written, { kind: "json", text });
    assert.ok(problems[WHOLE]);
  }
});

test("a schema without a form starts as an empty JSON object", () => {
  assert.deepEqual(read(null, begin(null)), { values: {}, problems: {} });
});
