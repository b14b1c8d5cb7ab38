import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const checkout = join(import.meta.dirname, "..");

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function omni2(argv: readonly string[], { env = {}, program = "src/main.ts" } = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const clean = { PATH: process.env.PATH ?? "", NO_COLOR: "1", ...env };
    const child = spawn(process.execPath, [join(checkout, program), ...argv], { cwd: checkout, env: clean });
    const out: string[] = [];
    const err: string[] = [];
    child.stdout.on("data", (chunk: Buffer) => void out.push(chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => void err.push(chunk.toString()));
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stdout: out.join(""), stderr: err.join("") }));
  });
}

const ENDS: readonly [argv: string[], exitCode: number, stdout: RegExp, stderr: RegExp][] = [
  [["--version"], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
  [["--help"], 0, /Usage: omni2/, /^$/],
  [["serve", "--help"], 0, /--data-dir/, /^$/],
  [["config", "validate"], 0, /everything .*\nfiles .*\nmemory .*\nthinking .*\nValid: 4 servers in 1 file\.\n$/, /^$/],
  [["config", "validate", "no-such-file.json"], 4, /no such file/, /^$/],
  [["frob"], 2, /^$/, /^omni2: unknown command frob.*\n$/],
  [["--port", "x"], 2, /^$/, /^omni2: --port must be a port.*\n$/],
  [["serve", "--prot", "1"], 2, /^$/, /^omni2: unknown flag --prot; did you mean --port\?.*\n$/],
  [["--host", "0.0.0.0"], 2, /^$/, /^omni2: --host 0\.0\.0\.0 opens the gateway.*\n$/],
  [["status", "--url", "http://127.0.0.1:1"], 1, /^$/, /^omni2: No gateway answers at http:\/\/127\.0\.0\.1:1\. .*\n$/],
];
for (const [argv, exitCode, stdout, stderr] of ENDS) {
  test(`omni2 ${argv.join(" ")} ends with ${exitCode} and at most one line of error`, async () => {
    const ended = await omni2(argv);
    assert.equal(ended.exitCode, exitCode, ended.stderr);
    assert.match(ended.stdout, stdout);
    assert.match(ended.stderr, stderr);
  });
}

test("the launcher runs the same program", async () => {
  const [launched, direct] = await Promise.all([
    omni2(["--version"], { program: "bin/omni2.js" }),
    omni2(["--version"]),
  ]);
  assert.deepEqual(launched, direct);
});

test("a reader that goes away early ends a command quietly; a disk that is full is told in one line", async (t) => {
  const program = join(checkout, "src/main.ts");
  const early = spawn(process.execPath, [program, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  early.stdout.destroy();
  let said = "";
  early.stderr.on("data", (chunk) => (said += chunk));
  const [exitCode] = await once(early, "close");
  assert.deepEqual([exitCode, said], [0, ""]);
  if (!existsSync("/dev/full")) return t.diagnostic("no /dev/full here");
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  const { status, stderr } = spawnSync(process.execPath, [program, "--help"], { stdio: ["ignore", full, "pipe"] });
  assert.equal(status, 1);
  assert.match(String(stderr), /^omni2: The answer cannot be written: ENOSPC.*\n$/);
});
