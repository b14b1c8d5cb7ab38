import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { serverNameSchema } from "#contract/upstream.ts";
import { holds } from "#lib/holds.fixture.ts";
import { isShown, matchesGlob, qualify, SEPARATOR } from "./namespace.ts";

const server = fc
  .stringMatching(/^[A-Za-z0-9.-]{1,8}(_[A-Za-z0-9.-]{1,8}){0,3}$/)
  .filter((name) => serverNameSchema.safeParse(name).success);
const tool = fc.oneof(fc.string(), fc.constantFrom("_x", "__x", "a__b", "___", "x_", ""));

test("the first separator in a qualified name is the border, whatever the tool is called", () => {
  holds(
    fc.property(server, tool, (name, own) => {
      const qualified = qualify(name, own);
      const border = qualified.indexOf(SEPARATOR);
      assert.deepEqual([qualified.slice(0, border), qualified.slice(border + SEPARATOR.length)], [name, own]);
    }),
  );
});

test("two servers never share a qualified name", () => {
  const pair = fc.tuple(server, tool);
  holds(
    fc.property(pair, pair, (one, two) => {
      fc.pre(one.join(" ") !== two.join(" "));
      assert.notEqual(qualify(...one), qualify(...two));
    }),
  );
});

const letters = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 12 });
const names = fc.string({ unit: fc.constantFrom("a", "b", ".", "\n"), maxLength: 16 });

/** The reference: what the pattern says as a regular expression. */
const asExpression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^]*")}$`);

test("patterns match what their regular expression matches", () => {
  holds(
    fc.property(letters, names, (pattern, name) =>
      assert.equal(matchesGlob(pattern, name), asExpression(pattern).test(name)),
    ),
  );
});

test("many stars on a long name cost nothing", () => {
  const startedAt = performance.now();
  assert.equal(matchesGlob(`${"*a".repeat(1_000)}b`, "a".repeat(100_000)), false);
  assert.ok(performance.now() - startedAt < 1_000);
});

const SHOWN: [allow: string[], deny: string[], shown: boolean][] = [
  [["*"], [], true],
  [[], [], false],
  [["read_*"], [], true],
  [["write_*"], [], false],
  [["*"], ["read_*"], false],
  [["read_file"], ["*"], false],
  [["write_*", "*file"], ["delete_*"], true],
];
for (const [allow, deny, shown] of SHOWN) {
  test(`read_file is ${shown ? "shown" : "hidden"} with allow [${allow}] and deny [${deny}]`, () =>
    assert.equal(isShown("read_file", { allow, deny }), shown));
}
