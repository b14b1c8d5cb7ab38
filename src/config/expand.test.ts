// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration are what is tested
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expand, hasReference, type VariableScope } from "./expand.ts";

const scope: VariableScope = {
  env: { HOST: "example.com", EMPTY: "", NESTED: "${" + "HOST}", SECRET: "s3cr3t-value" },
  builtin: { workspaceFolder: "/work", "/": "/" },
};
const v = (inner: string): string => `\${${inner}}`;

const TEXTS: readonly [title: string, given: string, expanded: string][] = [
  ["a text without variables stays", "plain $HOME {x}", "plain $HOME {x}"],
  ["a variable is replaced wherever it stands", `https://${v("HOST")}/${v("HOST")}`, "https://example.com/example.com"],
  ["env: is the same", v("env:HOST"), "example.com"],
  ["a default stands in for an unset variable", v("NOPE:-fallback"), "fallback"],
  ["a default stands in for an empty variable", v("EMPTY:-fallback"), "fallback"],
  ["a default is not used when the variable is set", v("HOST:-fallback"), "example.com"],
  ["a default may be empty", `[${v("NOPE:-")}]`, "[]"],
  ["a default may hold colons and dashes", v("NOPE:-http://a:-1"), "http://a:-1"],
  ["env: takes a default", v("env:NOPE:-d"), "d"],
  ["a set but empty variable is empty", `[${v("EMPTY")}]`, "[]"],
  ["what a variable stands for is not expanded again", v("NESTED"), v("HOST")],
  ["two dollars write a plain reference", `$${v("HOST")}`, v("HOST")],
  ["an editor's name is known", `${v("workspaceFolder")}${v("/")}x`, "/work/x"],
  ["an open brace without its end is plain text", "${HOST", "${HOST"],
];
for (const [title, given, expanded] of TEXTS) {
  test(title, () => assert.deepEqual(expand(given, scope), { ok: true, text: expanded }));
}

const PROBLEMS: readonly [title: string, given: string, said: RegExp][] = [
  ["an unset variable is named with the way out", v("NOPE"), /variable NOPE is not set.*NOPE:-default/],
  ["what an editor asks a person for is refused", v("input:api-key"), /input:api-key.*\$\{API_KEY\}/],
  ["an unknown form is refused", v("command:foo"), /command:foo.* is not known/],
  ["an empty reference is refused", v(""), /is not known/],
  ["members of Object are no variables", v("toString"), /toString is not set/],
];
for (const [title, given, said] of PROBLEMS) {
  test(title, () => {
    const expansion = expand(`${v("SECRET")} ${given}`, scope);
    assert.ok(!expansion.ok);
    assert.equal(expansion.problems.length, 1);
    assert.match(expansion.problems[0] ?? "", said);
    assert.doesNotMatch(expansion.problems.join(), /s3cr3t/);
  });
}

test("where nothing is demanded an unset variable is empty", () => {
  assert.deepEqual(expand(`[${v("NOPE")}]`, { ...scope, unset: "empty" }), { ok: true, text: "[]" });
});

test("a text that grows beyond its bound is refused", () => {
  const expansion = expand(v("BIG").repeat(40), { env: { BIG: "x".repeat(1_000) }, builtin: {} });
  assert.ok(!expansion.ok);
  assert.match(expansion.problems[0] ?? "", /longer than 32768/);
});

test("a text without a reference is never changed, and one with set variables is their concatenation", () => {
  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/);
  const literal = fc.string().map((text) => text.replaceAll("$", ""));
  fc.assert(
    fc.property(fc.array(fc.tuple(literal, name, fc.string())), literal, (parts, tail) => {
      const env = Object.fromEntries(parts.map(([, key, value]) => [key, value]));
      const given = parts.map(([before, key]) => before + v(key)).join("") + tail;
      const wanted = parts.map(([before, key]) => before + env[key]).join("") + tail;
      assert.deepEqual(expand(given, { env, builtin: {} }), { ok: true, text: wanted });
      assert.equal(hasReference(tail), false);
    }),
    { numRuns: 1_000 },
  );
});

test("no text makes it throw, and no problem repeats a value", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("$", "{", "}", ":", "-", "A", "SECRET", "env:", "input:", "é") }),
      (text) => {
        const expansion = expand(text, scope);
        if (!expansion.ok) assert.doesNotMatch(expansion.problems.join(), /s3cr3t/);
      },
    ),
    { numRuns: 1_000 },
  );
});
