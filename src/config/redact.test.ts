// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration are what is tested
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import type { JsonObject } from "#lib/json.ts";
import { changesBetween } from "./history.ts";
import { redacted, redactedEntry, restored } from "./redact.ts";

const SHOWN: readonly [title: string, entry: JsonObject, shown: JsonObject][] = [
  ["a reference", { headers: { A: "Bearer ${TOKEN}" } }, { headers: { A: "Bearer ${TOKEN}" } }],
  ["a reference of editors", { env: { A: "${env:TOKEN}", B: "" } }, { env: { A: "${env:TOKEN}", B: "" } }],
  ["a value", { env: { A: "v", N: 5 } }, { env: { A: "[redacted]", N: "[redacted]" } }],
  ["a default, which may be a secret", { env: { A: "${T:-abc}" } }, { env: { A: "[redacted]" } }],
  ["text beside a reference", { headers: { A: "${T}x" } }, { headers: { A: "[redacted]" } }],
  ["an escaped reference", { env: { A: "$${T}" } }, { env: { A: "[redacted]" } }],
  [
    "other clients' words",
    { environment: { A: "v" }, http_headers: { B: "v" } },
    { environment: { A: "[redacted]" }, http_headers: { B: "[redacted]" } },
  ],
  ["a field that nobody knows", { oauth: { secret: "v" } }, { oauth: "[redacted]" }],
  [
    "a field of the wrong kind",
    { env: "v", args: "v", url: { v: 1 } },
    { env: "[redacted]", args: "[redacted]", url: "[redacted]" },
  ],
  ["a plain address", { url: "https://h.example:1/mcp/" }, { url: "https://h.example:1/mcp/" }],
  ["a query", { url: "https://h/?k=v&r=${R}&v" }, { url: "https://h/?k=[redacted]&r=${R}&[redacted]" }],
  ["a user in an address", { url: "https://u:p@h/" }, { url: "[redacted]" }],
  ["a key in a path", { url: "https://h/s/a1b2c3d4e5f6/mcp#f" }, { url: "https://h/s/[redacted]/mcp#[redacted]" }],
  ["an address that is referred to", { url: "${BASE}/mcp" }, { url: "${BASE}/mcp" }],
  [
    "plain arguments",
    { args: ["-y", "@a/b@1.2", "--port", "80", "."] },
    { args: ["-y", "@a/b@1.2", "--port", "80", "."] },
  ],
  [
    "arguments by name",
    { args: ["--api-key", "v", "--token=v", "KEY=${K}", "PASSWORD=v"] },
    { args: ["--api-key", "[redacted]", "--token=[redacted]", "KEY=${K}", "PASSWORD=[redacted]"] },
  ],
  [
    "short names of credentials, and what only sounds like one",
    { args: ["--pat", "x", "--sig=x", "--session", "x", "--author", "ann"] },
    { args: ["--pat", "[redacted]", "--sig=[redacted]", "--session", "[redacted]", "--author", "ann"] },
  ],
  [
    "variables and headers among arguments",
    { args: ["-e", "A=v", "--header", "X: v", "--header", "A:${B}"] },
    { args: ["-e", "A=[redacted]", "--header", "X: [redacted]", "--header", "A:${B}"] },
  ],
  [
    "an address among arguments",
    { args: ["--db=postgres://u:p@h/", "https://h/?k=v"] },
    { args: ["--db=[redacted]", "https://h/?k=[redacted]"] },
  ],
  [
    "what looks like a key",
    { args: ["ghp_a1b2c3d4e5f6g7h8i9j0", '{"token": "v"}'] },
    { args: ["[redacted]", "[redacted]"] },
  ],
];

for (const [title, entry, shown] of SHOWN) {
  test(`${title}: ${JSON.stringify(shown)}`, () => assert.deepEqual(redactedEntry(entry), shown));
}

const SECRET = "s3cr3tXyZ0";
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const around = fc.tuple(word, word).map(([a, b]) => `${a}${SECRET}${b}`);
const secret = fc.oneof(
  fc.constant(SECRET),
  around,
  around.map((text) => `Bearer ${text}`),
  around.map((text) => `\${X:-${text}}`),
);
const name = fc.constantFrom("token", "api-key", "apiKey", "password", "client_secret", "AUTH");
const address = fc.oneof(
  fc.tuple(word, secret).map(([key, value]) => `https://host/mcp?${key}=${encodeURIComponent(value)}`),
  secret.map((value) => `https://user:${encodeURIComponent(value)}@host/mcp`),
  secret.map((value) => `https://host/#${value}`),
  secret.map((value) => `https:\\\\u:${value}@host/`),
);
const args = fc.array(
  fc.oneof(
    word.map((it) => [it]),
    fc.tuple(name, secret).map(([key, value]) => [`--${key}`, value]),
    fc.tuple(name, secret).map(([key, value]) => [`--${key}=${value}`]),
    fc.tuple(word, secret).map(([key, value]) => ["-e", `${key}=${value}`]),
    fc.tuple(word, secret).map(([key, value]) => ["--header", `${key}: ${value}`]),
    address.map((it) => [it]),
    secret.map((value) => [JSON.stringify({ token: value })]),
  ),
);
const entry = fc.record(
  {
    command: word,
    args: args.map((it) => it.flat()),
    env: fc.dictionary(word, secret),
    headers: fc.dictionary(word, secret),
    url: address,
    httpUrl: address,
    environment: fc.dictionary(word, secret),
    auth: fc.record({ anything: secret }),
  },
  { requiredKeys: [] },
);

test("no secret of a random configuration is shown", () => {
  holds(
    fc.property(fc.dictionary(word, entry), (mcpServers) => {
      assert.doesNotMatch(JSON.stringify(redacted({ mcpServers, omni2: {} })), new RegExp(SECRET));
    }),
  );
});

test("no secret is shown by what was different between two configurations", () => {
  const configuration = fc.dictionary(word, entry);
  holds(
    fc.property(configuration, configuration, (before, after) => {
      const told = changesBetween(
        { mcpServers: before, omni2: {} },
        { mcpServers: { ...before, ...after }, omni2: {} },
      );
      assert.doesNotMatch(JSON.stringify(told), new RegExp(SECRET));
    }),
  );
});

test("a secret that changed is told by its place", () => {
  const withToken = (token: string) => ({ mcpServers: { a: { headers: { A: token } } }, omni2: {} });
  const [change] = changesBetween(withToken("one"), withToken("two"));
  const shown = { before: "[redacted]", after: "[redacted]" };
  assert.deepEqual(change, { path: "mcpServers.a.headers.A", ...shown, needsRestart: false });
});

test("what is shown, sent back, means what is kept", () => {
  holds(
    fc.property(fc.dictionary(word, entry, { noNullPrototype: true }), (mcpServers) => {
      const kept = { mcpServers, omni2: {} };
      const { patch, unknown } = restored({ ...redacted(kept) }, [kept]);
      assert.deepEqual([JSON.stringify(patch), unknown], [JSON.stringify(kept), []]);
    }),
  );
});

test("[redacted] where nothing is kept is told with its place", () => {
  const kept = { mcpServers: { a: { env: { A: "v" } } }, omni2: {} };
  const { unknown } = restored({ mcpServers: { a: { env: { A: "[redacted]", B: "[redacted]" } } } }, [kept]);
  assert.deepEqual(unknown, [["mcpServers", "a", "env", "B"]]);
});

test("what is sent back counts only behind the argument that it stood behind", () => {
  const entry = { command: "x", args: ["--api-key", "hunter2", "--name", "joe"] };
  const kept = { mcpServers: { a: entry }, omni2: {} };
  const sent = (args: readonly string[]) => restored({ mcpServers: { a: { args } } }, [kept]);
  assert.deepEqual(sent(["--api-key", "[redacted]"]).patch, { mcpServers: { a: { args: ["--api-key", "hunter2"] } } });
  const moved = sent(["--name", "[redacted]"]);
  assert.deepEqual(moved.unknown, [["mcpServers", "a", "args", 1]]);
  assert.doesNotMatch(JSON.stringify(moved.patch), /hunter2/);
});

test("what another client writes under a word of its own is shown only where it is plain", () => {
  const shown = redactedEntry({
    type: "http",
    url: "https://x.example",
    transport: { headers: { Authorization: "s3" } },
  });
  assert.equal(shown.transport, "[redacted]");
  assert.equal(redactedEntry({ transport: "sse" }).transport, "sse");
});

test("a text of any length is judged soon", () => {
  const before = performance.now();
  const value = `Bearer${" ".repeat(32_000)}x\${`;
  const headers = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`h${n}`, value]));
  assert.equal(JSON.stringify(redactedEntry({ headers })).includes("x${"), false);
  assert.ok(performance.now() - before < 2_000, "in a time that grows with its length, not with the square of that");
});
