// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration are what is tested
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "#contract/fault.ts";
import { isFault } from "#contract/fault.ts";
import { readDefinitions } from "./definitions.ts";
import type { ConfigFile } from "./file.ts";
import { issuesOf, issueText } from "./issue.ts";
import { parseJsonSource } from "./json-source.ts";

const env = { HOME: "/home/me", TOKEN: "t0p-secret", PORT: "4502" };

function file(value: unknown, path = "/conf/omni2.json"): ConfigFile {
  const parsed = parseJsonSource(typeof value === "string" ? value : JSON.stringify(value, null, 1));
  assert.ok("value" in parsed);
  return { ...parsed, file: path, folder: path.slice(0, path.lastIndexOf("/")) };
}

const read = (value: unknown) => readDefinitions([file(value)], env);

function refusal(files: readonly ConfigFile[]): Fault {
  try {
    readDefinitions(files, env);
  } catch (error) {
    assert.ok(isFault(error, "CONFIG_INVALID"), String(error));
    assert.doesNotMatch(JSON.stringify(error) + error.message + JSON.stringify(error.data), /t0p-secret/);
    return error;
  }
  return assert.fail("was accepted");
}
const problems = (value: unknown): string[] =>
  issuesOf(refusal([file(value)])).map(({ path, message }) => `${path}: ${message}`);
const warnings = (value: unknown): string[] => read(value).warnings.map(({ path, message }) => `${path}: ${message}`);

const PROBLEMS: readonly [title: string, fields: unknown, said: RegExp][] = [
  ["command and url together", { command: "x", url: "http://h/" }, /^mcpServers\.a: has both command and url/],
  ["neither command nor url", {}, /^mcpServers\.a: needs a command .* or a url/],
  ["an unknown type", { type: "carrier-pigeon", url: "http://h/" }, /^mcpServers\.a\.type: expected one of "stdio"/],
  [
    "a type that does not go with the rest",
    { type: "stdio", url: "http://h/" },
    /^mcpServers\.a\.type: "stdio" needs a command/,
  ],
  ["sse with a command", { type: "sse", command: "x" }, /^mcpServers\.a\.type: "sse" needs a url/],
  ["two different addresses", { url: "http://h/", httpUrl: "http://i/" }, /several different addresses/],
  [
    "an unset variable",
    { command: "x", env: { K: "${NOPE}" } },
    /^mcpServers\.a\.env\.K: the variable NOPE is not set/,
  ],
  ["an unset variable in a list", { command: "x", args: ["1", "${NOPE}"] }, /^mcpServers\.a\.args\.1: /],
  ["an address that is none", { url: "${TOKEN}" }, /^mcpServers\.a\.url: is not an http or https address$/],
  ["another scheme", { url: "ftp://h/" }, /^mcpServers\.a\.url: is not an http/],
  ["a password in an address", { url: "https://u:${TOKEN}@h/" }, /^mcpServers\.a\.url: holds a user name or password/],
  [
    "a header with a line break",
    { url: "http://h/", headers: { X: "a\r\nB: c" } },
    /^mcpServers\.a\.headers\.X: holds a line break/,
  ],
  ["a header that is no name", { url: "http://h/", headers: { "X Y": "a" } }, /is not a name for a header/],
  ["a NUL in an argument", { command: "x", args: ["\0"] }, /^mcpServers\.a\.args\.0: holds a NUL/],
  ["a number out of bounds", { command: "x", timeoutMs: 0 }, /^mcpServers\.a\.timeoutMs: .*>=1/],
  ["a wrong type", { command: ["x"] }, /^mcpServers\.a\.command: expected string/],
  ["an entry that is no object", "x", /^mcpServers\.a: expected an object/],
  [
    "a variable that asks a person",
    { command: "x", args: ["${input:key}"] },
    /^mcpServers\.a\.args\.0: .*asks a person/,
  ],
];
for (const [title, fields, said] of PROBLEMS) {
  test(`a problem: ${title}`, () => {
    const found = problems({ mcpServers: { a: fields, b: { command: "fine" } } });
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", said);
  });
}

test("all problems of all servers are told together, each with its line, in one line of message", () => {
  const text =
    '{"mcpServers": {\n "a": {},\n "b__c": {"command": "x"},\n "d": {"command": "x",\n  "args": ["${NOPE}"]}\n}}';
  const fault = refusal([file(text)]);
  assert.equal(
    fault.message,
    "/conf/omni2.json: 3 problems: line 2: mcpServers.a: needs a command (a local program) or a url (a remote server)",
  );
  assert.deepEqual(
    issuesOf(fault).map(({ line }) => line),
    [2, 3, 5],
  );
  assert.equal(fault.row.exit, 4);
});

test("a name taken twice names both places, within a file and across files", () => {
  const [within] = issuesOf(refusal([file('{"mcpServers": {"a b": {"command": "x"},\n"a-b": {"command": "y"}}}')]));
  assert.equal(within?.line, 2);
  assert.match(within?.message ?? "", /"a-b" is taken by the server at \/conf\/omni2\.json:1/);
  const one = file('{"servers": {"a": {"command": "x"}}}', "/one.json");
  const two = file('{\n"mcpServers": {"a": {"command": "y"}}}', "/two.json");
  const [across] = issuesOf(refusal([one, two]));
  assert.equal(
    issueText(across ?? { path: "", message: "" }),
    '/two.json:2: mcpServers.a: the name "a" is taken by the server at /one.json:1; rename one',
  );
});

test("a disabled server needs no variables and is not started", () => {
  const definition = read({ mcpServers: { a: { command: "x", args: ["${NOPE}"], disabled: true } } }).definitions[0];
  assert.equal(definition?.enabled, false);
});

test("an unknown field is a warning with the nearest known name", () => {
  assert.deepEqual(
    warnings({ mcpServers: { a: { command: "x", arg: [], xyzzy: 1, cache: { tlMs: 1 } } }, omni2: { helth: {} } }),
    [
      "omni2.helth: unknown field, ignored; did you mean `health`?",
      "mcpServers.a.arg: unknown field, ignored; did you mean `args`?",
      "mcpServers.a.xyzzy: unknown field, ignored",
      "mcpServers.a.cache.tlMs: unknown field, ignored; did you mean `ttlMs`?",
    ],
  );
});

test("fields of the other transport are ignored with a warning", () => {
  assert.deepEqual(warnings({ mcpServers: { a: { command: "x", headers: {} }, b: { url: "http://h/", args: [] } } }), [
    "mcpServers.a.headers: ignored: a local program has no headers",
    "mcpServers.b.args: ignored: only a command has it",
  ]);
});

test("every field of the published example is accepted without a warning", () => {
  const reading = read({
    mcpServers: {
      files: { command: "npx", args: ["-y", "x", "."], env: {}, cwd: "." },
      old: {
        type: "sse",
        url: "http://localhost:4502/sse",
        enabled: true,
        description: "",
        trusted: false,
        prefix: "always",
        timeoutMs: 60000,
        tools: { allow: ["*"], deny: [] },
        health: { intervalMs: 10000 },
        breaker: { failures: 5 },
        limits: { inFlight: 128 },
        cache: { mode: "auto", ttlMs: 300000, tools: { search: { ttlMs: 60000 }, "write_*": "off" } },
      },
    },
    omni2: {
      preset: "default",
      cache: {},
      health: {},
      breaker: { autoDisableAfterCycles: 0 },
      limits: {},
      hideAfterMs: 0,
      journal: { callsPerSecond: 200 },
      retention: { callsDays: 7, eventsDays: 30 },
      live: { maxSockets: 5000, perUser: 10, perAddress: 20 },
      chaos: { enabled: false },
      access: {},
    },
  });
  assert.deepEqual(reading.warnings, []);
  assert.equal(reading.definitions.length, 2);
});

test("defaults of the omni2 block apply to every server; later files win field by field", () => {
  const one = file({ omni2: { health: { intervalMs: 2000 }, access: { allowCommands: true } } }, "/one.json");
  const two = file(
    {
      servers: { a: { command: "x" }, b: { command: "x", health: { intervalMs: 7000 } } },
      omni2: { health: { intervalMs: 3000 } },
    },
    "/two.json",
  );
  const { definitions, document } = readDefinitions([one, two], env);
  assert.deepEqual(
    definitions.map((definition) => definition.health.intervalMs),
    [3000, 7000],
  );
  assert.equal(document.omni2.access?.allowCommands, true);
});

test("a document that defines nothing is valid with a warning; one that is no object is not", () => {
  assert.match(warnings({ mcpservers: {} }).join(), /did you mean `mcpServers`.*defines no servers/s);
  assert.match(problems([1])[0] ?? "", /expected an object/);
  assert.match(problems({ mcpServers: [] })[0] ?? "", /expected an object: server name/);
});

test("more than a thousand servers are refused", () => {
  const mcpServers = Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`s${at}`, { command: "x" }]));
  assert.match(problems({ mcpServers })[0] ?? "", /more than 1000/);
});

test("the document keeps entries as written, so that it holds no value of a variable", () => {
  const { document } = read({ mcpServers: { a: { command: "x", env: { T: "${TOKEN}" } } } });
  assert.deepEqual(document.servers.a?.env, { T: "${TOKEN}" });
});
