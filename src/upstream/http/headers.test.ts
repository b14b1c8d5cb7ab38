// Do requests carry the headers they must, and none that a configuration or a caller may not set?
import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyHeaders, createHeaderSet } from "./headers.ts";

const asObject = (flat: readonly string[]): Record<string, string> => {
  const pairs: [string, string][] = [];
  for (let at = 0; at < flat.length; at += 2) pairs.push([flat[at] as string, flat[at + 1] as string]);
  assert.equal(new Set(pairs.map(([name]) => name.toLowerCase())).size, pairs.length, "a name occurs twice");
  return Object.fromEntries(pairs);
};

test("reserved names are left out of the configured headers, whatever their case", () => {
  const set = createHeaderSet(
    { Accept: "text/html", "MCP-Session-Id": "x", "Content-Length": "9", "X-Key": "k" },
    "g1",
  );
  assert.deepEqual(asObject(set.post()), {
    "X-Key": "k",
    "omni2-via": "g1",
    "user-agent": "omni2",
    "accept-encoding": "identity",
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
  });
});

test("session and version are sent from the moment they are known", () => {
  const set = createHeaderSet({ "User-Agent": "mine" }, "g1");
  set.session = "s1";
  set.version = "2025-11-25";
  assert.equal(asObject(set.post())["mcp-session-id"], "s1");
  assert.equal(asObject(set.stream("e1"))["last-event-id"], "e1");
  assert.equal(asObject(set.remove())["mcp-protocol-version"], "2025-11-25");
  assert.equal(asObject(set.post())["User-Agent"], "mine");
  set.session = undefined;
  assert.equal(asObject(set.post())["mcp-session-id"], undefined);
});

test("a session id or event id that is not visible ASCII is not sent", () => {
  const set = createHeaderSet({}, "g1");
  for (const bad of ["", "a b", "a\r\nx: y", "é", "x".repeat(2000)]) {
    set.session = bad;
    assert.equal(set.session, undefined);
  }
  assert.equal(asObject(set.stream("a\r\nx: y"))["last-event-id"], undefined);
});

test("a call's own headers come on top, and cannot forge the link's", () => {
  const set = createHeaderSet({}, "g1");
  const extra = { "Mcp-Method": "tools/call", "Mcp-Param-City": "Bern", "MCP-Protocol-Version": "1999-01-01" };
  const headers = asObject(set.post(extra));
  assert.equal(headers["Mcp-Method"], "tools/call");
  assert.equal(headers["Mcp-Param-City"], "Bern");
  assert.equal(headers["MCP-Protocol-Version"], undefined);
});

test("headers that repeat the body are derived from modern requests only", () => {
  const modern = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } };
  const request = (method: string, params: object) => ({ jsonrpc: "2.0", id: 1, method, params });
  assert.deepEqual(bodyHeaders(request("tools/call", { ...modern, name: "héllo" })), {
    "mcp-method": "tools/call",
    "mcp-name": `=?base64?${Buffer.from("héllo").toString("base64")}?=`,
  });
  assert.deepEqual(bodyHeaders(request("resources/read", { ...modern, uri: "a://b" })), {
    "mcp-method": "resources/read",
    "mcp-name": "a://b",
  });
  assert.deepEqual(bodyHeaders(request("tools/list", modern)), { "mcp-method": "tools/list" });
  assert.equal(bodyHeaders(request("tools/call", { name: "x" })), undefined);
  assert.equal(bodyHeaders({ jsonrpc: "2.0", method: "notifications/cancelled", params: modern }), undefined);
});
