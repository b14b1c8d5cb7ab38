import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import type { JsonObject } from "#lib/json.ts";
import { META } from "#mcp/protocol.ts";
import { type Asked, askedBy, cacheKey, fingerprint, type KeyBase, keyPrefix, MAX_ARGUMENTS } from "./key.ts";

interface Parts extends KeyBase {
  readonly principal: string | undefined;
  readonly aggregate: boolean;
  readonly uri: unknown;
  readonly arguments: unknown;
  readonly meta: unknown;
}

const keyOf = ({ principal, aggregate, uri, arguments: given, meta, ...base }: Parts): string | undefined => {
  const params: JsonObject = {
    ...(uri === undefined ? undefined : { uri }),
    ...(given === undefined ? undefined : { arguments: given }),
    ...(meta === undefined ? undefined : { _meta: meta }),
  };
  return cacheKey(keyPrefix(base), { principal, aggregate, params });
};

/** Texts that try to look like the borders between parts. */
const EVIL = [
  '"',
  '","',
  "]",
  "[",
  "null",
  "true",
  ",",
  "\0",
  "\ud800",
  "\udfff",
  "\ufffd",
  "a",
  "b:c",
  "a:b",
  "c",
  "\\",
];
const evil = fc.oneof(
  fc.array(fc.constantFrom(...EVIL), { maxLength: 4 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const leaf = fc.oneof(evil, fc.constantFrom<unknown>(0, 1, true, null));
const given = fc.oneof(
  fc.constant(undefined),
  leaf,
  fc.array(leaf, { maxLength: 3 }),
  fc.dictionary(evil, leaf, { maxKeys: 3 }),
  fc.dictionary(evil, fc.dictionary(evil, leaf, { maxKeys: 2 }), { maxKeys: 2 }),
);
const meta = fc.oneof(
  fc.constant(undefined),
  fc.dictionary(
    fc.oneof(
      evil.map((text) => `x-${text}`),
      fc.constant("__proto__"),
    ),
    leaf,
    { minKeys: 1, maxKeys: 2 },
  ),
);
const PARTS = {
  kind: fc.constantFrom<KeyBase["kind"]>("tool", "resource"),
  server: evil,
  configuration: evil,
  tool: evil,
  definition: evil,
  era: fc.oneof(evil, fc.constantFrom("legacy", "modern")),
  principal: fc.oneof(fc.constant(undefined), evil),
  aggregate: fc.boolean(),
  uri: given,
  arguments: given,
  meta,
} as const satisfies { [K in keyof Parts]: fc.Arbitrary<Parts[K]> };
const NAMES = Object.keys(PARTS) as (keyof Parts)[];

test("two questions that differ in one part have two keys, whatever stands in the parts", () => {
  const pair = fc.constantFrom(...NAMES).chain((part) =>
    fc
      .tuple(fc.constant(part), fc.record(PARTS), PARTS[part] as fc.Arbitrary<unknown>)
      .filter(([name, parts, other]) => {
        // A number is equal to itself, however it is written; everything else is compared as JSON.
        return fingerprint([parts[name] ?? "none"]) !== fingerprint([other ?? "none"]) && parts[name] !== other;
      }),
  );
  const perPart = new Map<string, number>();
  void fc.assert(
    fc.property(pair, ([part, parts, other]) => {
      perPart.set(part, (perPart.get(part) ?? 0) + 1);
      const key = keyOf(parts);
      assert.match(String(key), /^[0-9a-f]{64}$/);
      assert.notEqual(keyOf({ ...parts, [part]: other }), key);
    }),
    { numRuns: 10_000 },
  );
  for (const part of NAMES) assert.ok((perPart.get(part) ?? 0) > 500, `${part} differed too seldom`);
});

const BASE: Parts = {
  kind: "tool",
  server: "files",
  configuration: "c",
  tool: "read",
  definition: "d",
  era: "legacy",
  principal: "ann",
  aggregate: false,
  uri: undefined,
  arguments: { a: 1, b: [1, 2] },
  meta: undefined,
};
const key = (parts: Partial<Parts> = {}): string | undefined => keyOf({ ...BASE, ...parts });
const parsed = (text: string): Partial<Parts> => ({ arguments: JSON.parse(text) });

test("text moved from one part to its neighbour makes another key", () => {
  assert.notEqual(key({ server: "a", configuration: "b:c" }), key({ server: "a:b", configuration: "c" }));
  assert.notEqual(key({ tool: 'a","b', definition: "c" }), key({ tool: "a", definition: 'b","c' }));
  assert.notEqual(key({ era: 'legacy","x', principal: "y" }), key({ era: "legacy", principal: 'x","y' }));
});

test("a principal of any name is not the same as everybody", () => {
  for (const name of ["null", "", "undefined", "true"])
    assert.notEqual(key({ principal: name }), key({ principal: undefined }));
});

test("what stands beside the arguments never takes their place", () => {
  assert.notEqual(key({ uri: { q: 1 }, arguments: { q: 2 } }), key({ uri: { q: 1 }, arguments: { q: 3 } }));
  assert.notEqual(key({ uri: { q: 1 }, arguments: { q: 2 } }), key({ arguments: { q: 1 } }));
  assert.notEqual(key({ uri: "x", arguments: undefined }), key({ uri: undefined, arguments: "x" }));
});

test("no arguments, null and empty arguments are three questions", () => {
  assert.equal(new Set([undefined, null, {}, [], ""].map((value) => key({ arguments: value }))).size, 5);
});

test("equal arguments share a key in whatever order their members were written", () => {
  const members = fc.dictionary(evil, fc.dictionary(evil, leaf), { minKeys: 2 });
  const turn = (value: JsonObject): JsonObject => Object.fromEntries(Object.entries(value).reverse());
  holds(
    fc.property(members, (value) => {
      const inside = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, turn(member)]));
      assert.equal(key({ arguments: turn(inside) }), key({ arguments: value }));
    }),
  );
});

test("1, 1.0 and 1e0 are one number and share a key; the text 1 has another", () => {
  const [one, ...same] = ["1", "1.0", "1e0"].map((text) => key(parsed(`{"n":${text}}`)));
  for (const other of same) assert.equal(other, one);
  assert.notEqual(key(parsed('{"n":"1"}')), one);
});

test("lists keep their order, and composed and decomposed letters are different questions", () => {
  assert.notEqual(key({ arguments: [1, 2] }), key({ arguments: [2, 1] }));
  assert.notEqual(key({ arguments: "\u00e9" }), key({ arguments: "e\u0301" }));
  assert.notEqual(key({ arguments: "\ud800" }), key({ arguments: "\udbff" }));
});

test("members named __proto__ and members named by numbers count like all others", () => {
  assert.notEqual(key(parsed('{"__proto__":{"a":1}}')), key(parsed('{"__proto__":{"a":2}}')));
  assert.notEqual(key(parsed('{"__proto__":1}')), key(parsed("{}")));
  assert.equal(key(parsed('{"10":1,"9":2,"a":3}')), key(parsed('{"a":3,"9":2,"10":1}')));
  assert.notEqual(key(parsed('{"10":1,"9":2}')), key(parsed('{"10":2,"9":1}')));
});

test("what only describes the way of a request is no part of the question", () => {
  const plain = key();
  for (const name of [
    META.progressToken,
    META.cache,
    META.clientInfo,
    META.logLevel,
    "traceparent",
    "tracestate",
    "baggage",
  ]) {
    assert.equal(key({ meta: { [name]: "x" } }), plain, name);
  }
  for (const nothing of [{}, "text", ["x"], null, 1]) assert.equal(key({ meta: nothing }), plain);
});

test("what else stands in _meta is part of it, a member named __proto__ too", () => {
  assert.notEqual(key({ meta: { locale: "de" } }), key());
  assert.notEqual(key({ meta: { locale: "de" } }), key({ meta: { locale: "en" } }));
  assert.equal(key({ meta: { locale: "de", traceparent: "1" } }), key({ meta: { locale: "de" } }));
  assert.notEqual(key({ meta: JSON.parse('{"__proto__":{"a":1}}') }), key());
});

test("arguments, URI and foreign _meta of up to 65,536 characters get a key, longer ones none", () => {
  const ofLength = (length: number): string => "x".repeat(length - 2);
  for (const part of ["arguments", "uri"] as const) {
    assert.notEqual(key({ [part]: ofLength(MAX_ARGUMENTS) }), undefined);
    assert.equal(key({ [part]: ofLength(MAX_ARGUMENTS + 1) }), undefined);
  }
  assert.equal(key({ meta: { x: ofLength(MAX_ARGUMENTS) } }), undefined);
});

test("the principal is asked for only where the answer is its own, and the aggregate endpoint is another asker", () => {
  const params = { arguments: {} };
  const asked = (view: string | null, scope: "private" | "public"): Asked =>
    askedBy({ principal: "ann", view }, params, scope);
  assert.deepEqual(asked("files", "private"), { principal: "ann", aggregate: false, params });
  assert.deepEqual(asked(null, "public"), { principal: undefined, aggregate: true, params });
});
