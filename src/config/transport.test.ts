// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration are what is tested
import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf } from "#contract/preset.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { JsonObject } from "#lib/json.ts";
import { readEntry } from "./entry.ts";

const scope = { env: { HOME: "/home/me", TOKEN: "t0p-secret", PORT: "4502" }, builtin: {} };
const server = (fields: JsonObject): UpstreamDefinition | undefined =>
  readEntry(fields, { name: "a", origin: "file", folder: "/conf", defaults: {}, scope }).read?.definition;

test("a command becomes a stdio server with its defaults, and counts paths from the file's folder", () => {
  assert.deepEqual(server({ command: "npx" }), {
    name: "a",
    origin: "file",
    enabled: true,
    description: "",
    trusted: false,
    timeoutMs: 60_000,
    ...settingsOf("default", "stdio"),
    hideAfterMs: 0,
    tools: { allow: ["*"], deny: [] },
    transport: { kind: "stdio", command: "npx", args: [], env: {}, cwd: "/conf" },
  });
});

const TRANSPORTS: readonly [title: string, fields: JsonObject, transport: JsonObject][] = [
  [
    "variables expand in command, args, env and cwd",
    { command: "${HOME}/run", args: ["--port", "${PORT}", 5, true], env: { T: "${TOKEN}", N: 1 }, cwd: "${NOPE:-sub}" },
    {
      kind: "stdio",
      command: "/home/me/run",
      args: ["--port", "4502", "5", "true"],
      env: { T: "t0p-secret", N: "1" },
      cwd: "/conf/sub",
    },
  ],
  [
    "a command with a slash counts from the file's folder",
    { command: "./x.sh" },
    { kind: "stdio", command: "/conf/x.sh", args: [], env: {}, cwd: "/conf" },
  ],
  [
    "an absolute working folder stays",
    { command: "x", cwd: "/tmp" },
    { kind: "stdio", command: "x", args: [], env: {}, cwd: "/tmp" },
  ],
  [
    "a url falls back to SSE when no type is stated",
    { url: "http://h/mcp" },
    { kind: "http", url: "http://h/mcp", headers: {}, sseFallback: true },
  ],
  [
    "a stated http does not fall back",
    { type: "http", url: "http://h/mcp" },
    { kind: "http", url: "http://h/mcp", headers: {}, sseFallback: false },
  ],
  [
    "streamable-http is http",
    { type: "streamable-http", url: "http://h/" },
    { kind: "http", url: "http://h/", headers: {}, sseFallback: false },
  ],
  ["sse is sse", { type: "sse", url: "http://h:${PORT}/sse" }, { kind: "sse", url: "http://h:4502/sse", headers: {} }],
  [
    "serverUrl is url",
    { serverUrl: "https://h/" },
    { kind: "http", url: "https://h/", headers: {}, sseFallback: true },
  ],
  ["httpUrl is url", { httpUrl: "https://h/" }, { kind: "http", url: "https://h/", headers: {}, sseFallback: true }],
  [
    "headers expand",
    { url: "https://h/", headers: { Authorization: "Bearer ${TOKEN}" } },
    { kind: "http", url: "https://h/", headers: { Authorization: "Bearer t0p-secret" }, sseFallback: true },
  ],
];
for (const [title, fields, transport] of TRANSPORTS) {
  test(title, () => assert.deepEqual(server(fields)?.transport, transport));
}
