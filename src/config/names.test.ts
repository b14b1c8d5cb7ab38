import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isServerName, readName, slug } from "./names.ts";
import { nearest } from "./nearest.ts";

const NAMES: readonly [given: string, name: string][] = [
  ["files", "files"],
  ["a.b-c_d", "a.b-c_d"],
  ["My Server (dev)", "My-Server-dev"],
  ["@scope/pkg", "scope-pkg"],
  ["Wörld", "World"],
  ["_private_", "private"],
  ["x".repeat(60), "x".repeat(40)],
  [`${"x".repeat(39)}_y`, "x".repeat(39)],
];
for (const [given, name] of NAMES) {
  test(`the name "${given}" is served as "${name}"`, () => {
    assert.deepEqual(readName(given), { kind: given === name ? "kept" : "slug", name });
  });
}

test("two underscores in a row are refused, because they separate server and tool", () => {
  assert.equal(readName("a__b").kind, "refused");
  assert.equal(readName("__proto__").kind, "refused");
});

test("a name of dots or of letters without a Latin form gets a stable name of its own", () => {
  for (const given of [".", "..", "", "日本"]) {
    const reading = readName(given);
    assert.match(reading.kind === "slug" ? reading.name : "", /^server-[0-9a-f]{8}$/);
  }
});

test("every slug is a valid name, is its own slug, and is the same for the same text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (given) => {
      const name = slug(given);
      assert.ok(isServerName(name), name);
      assert.equal(slug(name), name);
      assert.equal(slug(given), name);
    }),
    { numRuns: 1_000 },
  );
});

test("the nearest known name is found for a slip and not for a stranger", () => {
  const known = ["command", "args", "timeoutMs", "description"];
  assert.equal(nearest("comand", known), "command");
  assert.equal(nearest("timeoutms", known), "timeoutMs");
  assert.equal(nearest("arg", known), "args");
  assert.equal(nearest("gallery", known), undefined);
  assert.equal(nearest("x".repeat(10_000), known), undefined);
});
