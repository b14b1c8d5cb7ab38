// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration are what is tested
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { validateConfig } from "./config-validate.ts";

const folder = await mkdtemp(join(tmpdir(), "omni2-validate-"));
after(() => rm(folder, { recursive: true }));

async function validate(text: string, json = false): Promise<{ exitCode: number; out: string; file: string }> {
  const file = join(folder, "omni2.json");
  await writeFile(file, text);
  const lines: string[] = [];
  const terminal = { print: (line: string) => void lines.push(line), width: 500, interactive: false };
  const exitCode = await validateConfig([file], terminal, { env: { TOKEN: "t0p-secret" }, json });
  assert.doesNotMatch(lines.join("\n"), /t0p-secret/);
  return { exitCode, out: lines.join("\n").replaceAll(folder, "."), file };
}

const VALID =
  '{"mcpServers": {"a": {"command": "x", "args": ["${TOKEN}"], "arg": 1},\n"b": {"url": "http://h/", "disabled": true}}}';
const BROKEN = '{"mcpServers": {"a": {},\n"b": {"command": "x", "args": ["${NOPE}"]}}}';

test("a valid configuration is listed with type, place and warnings, and exits with 0", async () => {
  const { exitCode, out } = await validate(VALID);
  assert.equal(exitCode, 0);
  assert.deepEqual(out.split("\n"), [
    "a  stdio  enabled   ./omni2.json:1",
    "b  http   disabled  ./omni2.json:2",
    "warning: ./omni2.json:1: mcpServers.a.arg: unknown field, ignored; did you mean `args`?",
    "Valid: 2 servers in 1 file, 1 warning.",
  ]);
});

test("every problem is told with its file and line, and the exit code is 4", async () => {
  const { exitCode, out } = await validate(BROKEN);
  assert.equal(exitCode, 4);
  assert.deepEqual(out.split("\n"), [
    "problem: ./omni2.json:1: mcpServers.a: needs a command (a local program) or a url (a remote server)",
    "problem: ./omni2.json:2: mcpServers.b.args.0: the variable NOPE is not set; set it, or write ${NOPE:-default}",
    "Not valid: 2 problems.",
  ]);
});

test("--json carries the same facts", async () => {
  const valid = JSON.parse((await validate(VALID, true)).out);
  assert.deepEqual([valid.valid, valid.servers[1].enabled, valid.warnings.length], [true, false, 1]);
  const broken = JSON.parse((await validate(BROKEN, true)).out);
  assert.deepEqual([broken.valid, broken.issues[1].line], [false, 2]);
});
