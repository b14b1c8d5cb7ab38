import assert from "node:assert/strict";
import { test } from "node:test";
import { draftOf, EMPTY, entryOf, missingIn } from "./draft.ts";
import { entriesOf } from "./entries.ts";

const FILES = { command: "npx", args: ["-y", "server-files", "."], env: { TOKEN: "t" } };
const SEARCH = { url: "https://example.com/mcp", headers: { Authorization: "Bearer x" } };

const PASTES: readonly [who: string, text: string, names: string[]][] = [
  ["Claude and Cursor", JSON.stringify({ mcpServers: { files: FILES, search: SEARCH } }), ["files", "search"]],
  ["VS Code", `{ // mine\n "inputs": [], "servers": { "files": ${JSON.stringify(FILES)}, } }`, ["files"]],
  ["VS Code's settings", JSON.stringify({ mcp: { servers: { search: { ...SEARCH, type: "http" } } } }), ["search"]],
  ["Windsurf", JSON.stringify({ mcpServers: { a: { serverUrl: "https://a.example" } } }), ["a"]],
  ["Gemini", JSON.stringify({ mcpServers: { a: { httpUrl: "https://a.example" } } }), ["a"]],
  ["one entry of a map", JSON.stringify({ files: FILES }), ["files"]],
  ["one entry without braces", `"files": ${JSON.stringify(FILES)},`, ["files"]],
  ["a bare entry", JSON.stringify(SEARCH), [""]],
  ["a bare entry with its name", JSON.stringify({ name: "s", ...SEARCH }), ["s"]],
];

for (const [who, text, names] of PASTES)
  test(`what ${who} writes is read`, () => {
    const pasted = entriesOf(text);
    assert.ok(pasted.problem === undefined, pasted.problem);
    assert.deepEqual(
      pasted.entries.map(({ name }) => name),
      names,
    );
  });

test("a text without a server, and one that is no JSON, is told as such", () => {
  assert.match(entriesOf('{"mcpServers": {}}').problem ?? "", /No server is in this text/);
  assert.match(entriesOf("[1]").problem ?? "", /No server/);
  assert.match(entriesOf('{\n"mcpServers": {').problem ?? "", /^Line 2, column 16/);
});

test("an entry comes back from the form as it was, with the fields that the form does not know", () => {
  const entries = [
    FILES,
    SEARCH,
    { type: "sse", url: "http://localhost:1/sse" },
    { ...SEARCH, type: "http", timeoutMs: 5, cache: { mode: "auto" }, disabled: true },
    { command: "x", args: ["two\nlines", ""], env: { A: null } },
    { command: "x", args: [" spaced "] },
  ];
  for (const entry of entries) assert.deepEqual(entryOf(draftOf("n", entry)), entry);
});

test("synonyms of the address become one, and numbers among the variables text", () => {
  assert.deepEqual(entryOf(draftOf("n", { serverUrl: " https://a " })), { url: "https://a" });
  assert.deepEqual(entryOf(draftOf("n", { type: "streamableHttp", httpUrl: "https://a" })), {
    type: "http",
    url: "https://a",
  });
  assert.deepEqual(entryOf(draftOf("n", { command: "x", env: { PORT: 1 } })), { command: "x", env: { PORT: "1" } });
});

test("an empty form says what is missing, and pairs without a name are left out", () => {
  assert.equal(missingIn(EMPTY)?.field, "name");
  assert.equal(missingIn({ ...EMPTY, name: "a" })?.field, "url");
  assert.equal(missingIn({ ...EMPTY, name: "a", kind: "stdio" })?.field, "command");
  assert.equal(missingIn({ ...EMPTY, name: "a", url: "https://a" }), null);
  const pairs = [
    { name: " ", value: "x" },
    { name: " A ", value: " v" },
  ];
  assert.deepEqual(entryOf({ ...EMPTY, url: "u", headers: pairs }), { url: "u", headers: { A: " v" } });
});
