// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration are what is tested
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { type RestRules, readRestEntry } from "./rest-entry.ts";

const rules: RestRules = {
  allowCommands: false,
  env: { TOKEN: "t0p-secret" },
  defaults: {},
  folder: "/conf",
  file: "/conf/omni2.json",
};

const REFUSED: readonly [
  title: string,
  input: { name: string } & Record<string, unknown>,
  code: string,
  said: RegExp,
][] = [
  [
    "a command",
    { name: "n", command: "sh" },
    "FORBIDDEN",
    /command of this machine.*omni2\.access\.allowCommands to true there/,
  ],
  [
    "an address elsewhere without https",
    { name: "n", url: "http://example.com/" },
    "FORBIDDEN",
    /https or on this machine/,
  ],
  [
    "a variable of this machine",
    { name: "n", url: "https://h/", headers: { A: "${TOKEN}" } },
    "FORBIDDEN",
    /variables of this machine/,
  ],
  ["a name that would need a slug", { name: "a b", url: "https://h/" }, "CONFIG_INVALID", /name: use letters/],
  ["a name that would leave the path", { name: "..", url: "https://h/" }, "CONFIG_INVALID", /name: use letters/],
  ["a broken definition", { name: "n" }, "CONFIG_INVALID", /server "n": 1 problem: needs a command/],
];
for (const [title, { name, ...raw }, code, said] of REFUSED) {
  test(`over REST ${title} is refused`, () => {
    assert.throws(
      () => readRestEntry(name, raw, rules),
      (error) => {
        assert.ok(isFault(error), String(error));
        assert.equal(error.code, code);
        assert.match(error.message, said);
        assert.doesNotMatch(error.message, /t0p-secret/);
        return true;
      },
    );
  });
}

test("addresses of this machine need no https", () => {
  for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) {
    const { definition } = readRestEntry("n", { url: `http://${host}:4502/mcp` }, rules);
    assert.equal(definition.origin, "api");
  }
});

test("names that only look like this machine are elsewhere", () => {
  for (const host of ["localhost.example.com", "127.0.0.1.example.com", "[::2]", "0.0.0.0", "10.0.0.1"]) {
    assert.throws(
      () => readRestEntry("n", { url: `http://${host}/` }, rules),
      (error) => isFault(error, "FORBIDDEN"),
    );
  }
});

test("where commands are allowed, variables are too, and paths count from the file's folder", () => {
  const { definition } = readRestEntry(
    "n",
    { command: "./run", args: ["${TOKEN}"] },
    { ...rules, allowCommands: true },
  );
  assert.deepEqual(definition.transport, {
    kind: "stdio",
    command: "/conf/run",
    args: ["t0p-secret"],
    env: {},
    cwd: "/conf",
  });
});
