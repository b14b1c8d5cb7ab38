import assert from "node:assert/strict";
import { test } from "node:test";
import { readDefinitions } from "./definitions.ts";
import type { ConfigFile } from "./file.ts";
import { parseJsonSource } from "./json-source.ts";

const env = { HOME: "/home/me", API_KEY: "key-1" };

function read(text: string, path: string) {
  const parsed = parseJsonSource(text);
  assert.ok("value" in parsed);
  const file: ConfigFile = { ...parsed, file: path, folder: path.slice(0, path.lastIndexOf("/")) };
  return readDefinitions([file], env);
}

test("a file of Claude Desktop works unchanged", () => {
  const { definitions, warnings } = read(
    `{"mcpServers": {
      "filesystem": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/me/Desktop"]},
      "brave search": {"command": "npx", "args": ["-y", "brave"], "env": {"BRAVE_API_KEY": "abc"}}
    }}`,
    "/home/me/claude_desktop_config.json",
  );
  assert.deepEqual(
    definitions.map(({ name }) => name),
    ["filesystem", "brave-search"],
  );
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['not a server name as it is; served as "brave-search"'],
  );
});

test("a file of Claude Code works unchanged", () => {
  const { definitions, warnings } = read(
    `{"mcpServers": {
      "api": {"type": "http", "url": "\${BASE:-https://api.example.com}/mcp", "headers": {"Authorization": "Bearer \${API_KEY}"}},
      "db": {"type": "stdio", "command": "npx", "args": ["db"], "env": {}}
    }}`,
    "/project/.mcp.json",
  );
  assert.deepEqual(definitions[0]?.transport, {
    kind: "http",
    url: "https://api.example.com/mcp",
    headers: { Authorization: "Bearer key-1" },
    sseFallback: false,
  });
  assert.deepEqual(warnings, []);
});

test("a file of Cursor works unchanged, and its workspace is the folder above .cursor", () => {
  const { definitions, warnings } = read(
    `{"mcpServers": {
      "local": {"type": "stdio", "command": "python", "args": ["\${workspaceFolder}/tools/server.py"], "env": {"KEY": "\${env:API_KEY}", "HOME_DIR": "\${userHome}"}},
      "remote": {"url": "https://example.com/mcp", "headers": {"X-Key": "\${env:API_KEY}"}}
    }}`,
    "/project/.cursor/mcp.json",
  );
  assert.deepEqual(definitions[0]?.transport, {
    kind: "stdio",
    command: "python",
    args: ["/project/tools/server.py"],
    env: { KEY: "key-1", HOME_DIR: "/home/me" },
    cwd: "/project/.cursor",
  });
  assert.deepEqual(warnings, []);
});

test("a file of VS Code works unchanged as long as it asks nobody", () => {
  const { definitions, warnings } = read(
    `{
      // comments and trailing commas are usual here
      "servers": {
        "github": {"type": "http", "url": "https://api.githubcopilot.com/mcp/"},
        "play": {"command": "npx", "args": ["-y", "@playwright/mcp"], "envFile": "\${workspaceFolder}/.env"},
      },
      "inputs": [],
    }`,
    "/project/.vscode/mcp.json",
  );
  assert.equal(definitions.length, 2);
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ["servers.play.envFile"],
  );
});

test("inputs of VS Code are refused with the way out", () => {
  const text = `{"inputs": [{"type": "promptString", "id": "api-key", "password": true}],
    "servers": {"a": {"command": "x", "env": {"K": "\${input:api-key}"}}}}`;
  assert.throws(
    () => read(text, "/project/.vscode/mcp.json"),
    (error: Error & { data?: { issues: { path: string; message: string }[] } }) => {
      assert.deepEqual(
        error.data?.issues.map(({ path }) => path),
        ["inputs", "servers.a.env.K"],
      );
      assert.match(error.data?.issues[1]?.message ?? "", /set a variable and write \$\{API_KEY\}/);
      return true;
    },
  );
});

test("a file of Windsurf works unchanged", () => {
  const { definitions } = read(
    `{"mcpServers": {
      "remote": {"serverUrl": "https://example.com/sse", "headers": {"API_KEY": "v"}, "disabledTools": ["drop"]},
      "off": {"command": "x", "args": [], "disabled": true}
    }}`,
    "/home/me/.codeium/windsurf/mcp_config.json",
  );
  const [remote, off] = definitions;
  assert.equal(remote?.transport.kind, "http");
  assert.deepEqual(remote?.tools, { allow: ["*"], deny: ["drop"] });
  assert.equal(off?.enabled, false);
});

test("a file of Gemini CLI works unchanged, whatever else it holds", () => {
  const { definitions, warnings } = read(
    `{"theme": "GitHub", "selectedAuthType": "oauth", "a": 1, "b": 1, "c": 1, "d": 1, "e": 1,
     "mcpServers": {
      "py": {"command": "python", "args": ["-m", "s"], "cwd": "./srv", "env": {"K": "$API_KEY"}, "timeout": 15000, "trust": true},
      "web": {"httpUrl": "https://example.com/mcp", "headers": {}, "timeout": 5000, "includeTools": ["a"], "excludeTools": ["b"]}
    }}`,
    "/home/me/.gemini/settings.json",
  );
  const [py, web] = definitions;
  assert.equal(py?.timeoutMs, 15_000);
  assert.equal(py?.trusted, false, "`trust` of Gemini CLI is about confirmation, not about annotations");
  assert.deepEqual(web?.tools, { allow: ["a"], deny: ["b"] });
  const said = warnings.map(({ message }) => message).join("\n");
  assert.match(said, /2 more unknown fields, ignored/);
  assert.match(said, /to expand it, write \$\{API_KEY\}/);
});

test("a file of Cline or Roo works unchanged: seconds, transportType and streamableHttp are understood", () => {
  const { definitions, warnings } = read(
    `{"mcpServers": {
      "a": {"command": "x", "transportType": "stdio", "timeout": 60, "autoApprove": ["t"], "disabled": false},
      "b": {"type": "streamableHttp", "url": "https://example.com/mcp", "alwaysAllow": []}
    }}`,
    "/home/me/cline_mcp_settings.json",
  );
  assert.equal(definitions[0]?.timeoutMs, 60_000);
  assert.equal(definitions[1]?.transport.kind, "http");
  assert.equal(warnings.length, 5);
});
