import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { type ProgramDeps, runProgram } from "./program.ts";

let out: string[] = [];
beforeEach(() => {
  out = [];
});
const deps: ProgramDeps = {
  version: "1.2.3",
  terminal: { print: (text) => void out.push(text), width: 100, interactive: false },
  serveFlags: [{ name: "port", value: "N", env: "OMNI2_PORT", text: "the port" }],
  address: () => ({ url: "http://127.0.0.1:1", token: null, tokenFile: null }),
  validate: async (files) => files.length,
  readDocument: async () => ({}),
  doctor: async (serveArgv) => serveArgv.length,
  validation: { quick: async () => 0, simple: async () => 0, comprehensive: async () => 0 },
};
const run = (...argv: string[]): Promise<number> => runProgram(argv, deps);

const USAGE: readonly [argv: string[], said: RegExp][] = [
  [["frob"], /unknown command frob/],
  [["call"], /missing required argument 'SERVER'/],
  [["status", "--jsno"], /unknown option '--jsno'/],
  [["config"], /a command is missing\. See omni2 config --help/],
  [["validate"], /a command is missing\. See omni2 validate --help/],
  [["call", "a", "b", "--cache", "maybe"], /argument 'maybe' is invalid/],
  [["chaos", "files", "flood"], /Allowed choices are latency, error, hang, reset, off\. See omni2/],
  [["servers", "isolate"], /missing required argument 'NAME'/],
  [["servers", "add", "n", "https://h", "x"], /takes no arguments/],
  [["servers", "add", "n", "https://h", "--header", "x"], /--header NAME:VALUE/],
];
for (const [argv, said] of USAGE) {
  test(`omni2 ${argv.join(" ")} is a usage fault in one line`, async () => {
    await assert.rejects(run(...argv), (error) => {
      assert.ok(isFault(error, "USAGE"), String(error));
      assert.equal(error.row.exit, 2);
      assert.match(error.message, said);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

test("help names every command and flag, and version prints the version", async () => {
  assert.equal(await run("--help"), 0);
  for (const word of [
    "serve",
    "status",
    "servers",
    "tools",
    "call",
    "config",
    "validate",
    "--port",
    "OMNI2_PORT",
    "Examples:",
    "Exit codes:",
  ]) {
    assert.ok(out.join("\n").includes(word), word);
  }
  out = [];
  assert.equal(await run("--version"), 0);
  assert.deepEqual(out, ["1.2.3"]);
});

test("config validate hands on its files and exit code", async () => {
  assert.equal(await run("config", "validate", "a", "b", "c", "d"), 4);
});
