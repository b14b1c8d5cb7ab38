import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { MAX_FILE_BYTES, readConfigFile } from "./file.ts";
import { issuesOf } from "./issue.ts";

const folder = await mkdtemp(join(tmpdir(), "omni2-file-"));
after(() => rm(folder, { recursive: true }));

async function read(content: string | Buffer, name = "c.json") {
  const file = join(folder, name);
  await writeFile(file, content);
  return readConfigFile(file);
}

async function fault(content: string | Buffer, name = "c.json") {
  const error: unknown = await read(content, name).then(
    () => assert.fail("was accepted"),
    (reason: unknown) => reason,
  );
  assert.ok(isFault(error, "CONFIG_INVALID"), String(error));
  return error;
}

test("JSON may have comments, trailing commas and a byte order mark", async () => {
  const { value } = await read('\uFEFF// top\n{"a": 1, /* in */ "b": [1, 2,],}\n');
  assert.deepEqual(value, { a: 1, b: [1, 2] });
});

test("a field's line is known, in JSON and in YAML", async () => {
  const json = await read('{\n  "mcpServers": {\n    "a.b": {\n      "args": [\n        "x",\n        "y"\n      ]}}}');
  assert.equal(json.lineOf(["mcpServers", "a.b"]), 3);
  assert.equal(json.lineOf(["mcpServers", "a.b", "args", 1]), 6);
  assert.equal(json.lineOf(["nope"]), undefined);
  const yaml = await read("mcpServers:\n  a.b:\n    args:\n      - x\n      - y\n", "c.yaml");
  assert.deepEqual(yaml.value, { mcpServers: { "a.b": { args: ["x", "y"] } } });
  assert.equal(yaml.lineOf(["mcpServers", "a.b", "args", 1]), 5);
});

const BROKEN: readonly [title: string, content: string, name: string, said: RegExp][] = [
  ["a missing comma", '{\n  "a": 1\n  "b": 2}', "c.json", /c\.json:3:3: 1 problem: line 3: ',' expected$/],
  ["a missing brace", '{"a": 1', "c.json", /c\.json:1:8: .*'}' expected/],
  ["text after the end", '{} {"a": 1}', "c.json", /c\.json:1:4: .*end of the file expected/],
  ["an empty file", "", "c.json", /c\.json:1:1: .*a value expected/],
  ["single quotes", "{'a': 1}", "c.json", /c\.json:1:2: .*double quotes/],
  ["a comment without end", '{"a": 1} /* x', "c.json", /\*\/' expected/],
  ["bad YAML", "a: [1, 2\nb: 3\n", "c.yml", /c\.yml:\d+:\d+: /],
  ["two YAML documents", "a: 1\n---\nb: 2\n", "c.yaml", /multiple documents/],
];
for (const [title, content, name, said] of BROKEN) {
  test(`${title} is told in one line with line, column and what was expected`, async () => {
    const { message } = await fault(content, name);
    assert.match(message, said);
    assert.doesNotMatch(message, /\n/);
  });
}

test("a key written twice in one object is a problem that names both lines", async () => {
  const json = issuesOf(await fault('{"mcpServers": {\n"a": {"command": "x"},\n"b": {},\n"a": {"command": "y"}}}'));
  assert.deepEqual(
    json.map(({ path, line, message }) => [path, line, message]),
    [["mcpServers.a", 4, "written twice, first at line 2; keep one"]],
  );
  assert.match((await fault("a: 1\na: 2\n", "c.yaml")).message, /unique/);
});

test("a key named __proto__ is a plain key and changes no prototype", async () => {
  const { value } = await read('{"__proto__": {"polluted": true}}');
  assert.deepEqual(Object.keys(value as object), ["__proto__"]);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test("deep nesting is refused and never overflows", async () => {
  for (const [text, name] of [
    ["[".repeat(500_000), "c.json"],
    [`${"[".repeat(200)}${"]".repeat(200)}`, "c.json"],
    [`// it's "odd\n${'{"a":'.repeat(200)}1${"}".repeat(200)}`, "c.json"],
    [`${"[".repeat(200)}${"]".repeat(200)}`, "c.yaml"],
    ["[".repeat(20_000), "c.yaml"],
  ] as const) {
    assert.match((await fault(text, name)).message, /nested deeper than 128 levels|expected|Flow/i);
  }
});

test("YAML aliases cannot explode", async () => {
  const lines = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (const [at, name] of [..."bcdefghij"].entries()) {
    const before = "abcdefghij"[at];
    lines.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(",")}]`);
  }
  assert.match((await fault(lines.join("\n"), "c.yaml")).message, /alias/i);
});

test("a file that is too large, not text, missing or a folder is told plainly", async () => {
  assert.match((await fault(Buffer.alloc(MAX_FILE_BYTES + 1, 0x20))).message, /larger than 4 MiB/);
  assert.match((await fault(Buffer.from([0xff, 0xfe, 0x7b, 0x00]))).message, /not UTF-8/);
  await assert.rejects(readConfigFile(join(folder, "nope.json")), /there is no such file/);
  await assert.rejects(readConfigFile(folder), /this is a folder/);
});
