// What does an exchange over Streamable HTTP make of every answer a server can give?
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FaultCode, isFault } from "#contract/fault.ts";
import { call, fails, openTransport, setUp } from "./http-kit.ts";
import { type Answer, json, openScriptedServer, openStream, result, sse } from "./upstreams/http-scripted.ts";

const deep = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const error = (id: unknown, message = "no") => ({ jsonrpc: "2.0", id, error: { code: -32000, message } });
const html = { "content-type": "text/html" };

const REFUSALS: [string, FaultCode, Answer, session?: string][] = [
  ["401", "UPSTREAM_AUTH", (_, r) => json(r, error("o2-1"), 401)],
  ["403", "UPSTREAM_AUTH", (_, r) => json(r, {}, 403)],
  ["404 in a session", "SESSION_NOT_FOUND", (_, r) => json(r, error("o2-1"), 404), "s1"],
  [
    "400 that names the session",
    "SESSION_NOT_FOUND",
    (_, r) => json(r, error("o2-1", "No valid session ID"), 400),
    "s1",
  ],
  ["404 without a session", "UPSTREAM_PROTOCOL", (_, r) => json(r, {}, 404)],
  ["406", "UPSTREAM_PROTOCOL", (_, r) => json(r, {}, 406)],
  ["429", "UPSTREAM_UNAVAILABLE", (_, r) => json(r, error("o2-1"), 429)],
  ["500", "UPSTREAM_UNAVAILABLE", (_, r) => json(r, {}, 500)],
  ["502 with HTML", "UPSTREAM_UNAVAILABLE", (_, r) => r.writeHead(502, html).end("<html>")],
  ["200 with HTML", "UPSTREAM_PROTOCOL", (_, r) => r.writeHead(200, html).end("<html>")],
  ["202 for a request", "UPSTREAM_PROTOCOL", (_, r) => r.writeHead(202).end()],
  ["204", "UPSTREAM_PROTOCOL", (_, r) => r.writeHead(204).end()],
  ["JSON cut short", "UPSTREAM_PROTOCOL", (_, r) => json(r, '{"jsonrpc":"2.0","id":"o2-1","result":{')],
  ["JSON nested too deep", "UPSTREAM_PROTOCOL", (_, r) => json(r, `{"id":"o2-1","result":${deep(100_000)}}`)],
  ["the id of another request", "UPSTREAM_PROTOCOL", (_, r) => json(r, result("o2-2"))],
  ["a number for the id", "UPSTREAM_PROTOCOL", (_, r) => json(r, result(1))],
  ["result and error at once", "UPSTREAM_PROTOCOL", (_, r) => json(r, { ...error("o2-1"), result: {} })],
  ["a request instead of a reply", "UPSTREAM_PROTOCOL", (_, r) => json(r, { jsonrpc: "2.0", id: "o2-1", method: "m" })],
  ["5 MiB of JSON", "UPSTREAM_PROTOCOL", (_, r) => json(r, result("o2-1", "x".repeat(5 << 20)))],
  ["an endless event", "UPSTREAM_PROTOCOL", (_, r) => void openStream(r).write(`data: ${"x".repeat(5 << 20)}`)],
  ["a stream with a broken event", "UPSTREAM_PROTOCOL", (_, r) => openStream(r).end("data: {oops\n\n")],
  ["a stream that ends without a reply", "OUTCOME_UNKNOWN", (_, r) => openStream(r).end(": bye\n\n")],
  [
    "a stream whose last event has no blank line",
    "OUTCOME_UNKNOWN",
    (_, r) => openStream(r).end(sse(result("o2-1")).trimEnd()),
  ],
  ["a reset before the head", "OUTCOME_UNKNOWN", (_, r) => r.socket?.resetAndDestroy()],
];

for (const [title, code, answer, session] of REFUSALS) {
  test(`an exchange answered with ${title} is ${code}, and is posted once`, async (t) => {
    const { server, transport } = await setUp(t, answer, session);
    await fails(transport.exchange(call("o2-1")), code);
    assert.equal(server.seen.filter(({ message }) => message?.method === "tools/call").length, 1);
  });
}

test("a reset in the middle of the body is OUTCOME_UNKNOWN", async (t) => {
  const { transport } = await setUp(t, (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
    response.write('{"jsonrpc":"2.0",', () => response.socket?.resetAndDestroy());
  });
  await fails(transport.exchange(call("o2-1")), "OUTCOME_UNKNOWN");
});

test("a refused connection is UPSTREAM_UNAVAILABLE: nothing was sent", async () => {
  const server = await openScriptedServer(() => {});
  await server.close();
  const transport = openTransport(server.url);
  await fails(transport.exchange(call("o2-1")), "UPSTREAM_UNAVAILABLE", /refused.*Nothing was sent/);
  await transport.close();
});

test("a redirect is not followed, and its query is not repeated", async (t) => {
  const { transport } = await setUp(t, (_, response) => {
    response.writeHead(307, { location: "http://elsewhere.example/mcp?token=secret" }).end();
  });
  await assert.rejects(transport.exchange(call("o2-1")), (error) => {
    assert.ok(isFault(error, "UPSTREAM_PROTOCOL"));
    assert.match(error.message, /http:\/\/elsewhere\.example\/mcp,/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

for (const [value, expectedMs] of [
  ["7", 7_000],
  ["99999", 300_000],
  ["Wed, 21 Oct 2015 07:28:00 GMT", 0],
] as const) {
  test(`503 with Retry-After ${value} waits ${expectedMs} ms`, async (t) => {
    const { transport } = await setUp(t, (_, response) =>
      json(response, {}, { status: 503, headers: { "retry-after": value } }),
    );
    await assert.rejects(transport.exchange(call("o2-1")), (e) => {
      return isFault(e, "UPSTREAM_UNAVAILABLE") && e.retryAfterMs === expectedMs && e.data === undefined;
    });
  });
}

for (const [status, id] of [
  [500, "o2-1"],
  [400, null],
  [200, null],
  [404, "o2-1"],
] as const) {
  test(`a JSON-RPC error with HTTP ${status} and id ${id} is the reply`, async (t) => {
    const { transport } = await setUp(t, (_, response) => json(response, error(id), status));
    const { bytes, scan } = await transport.exchange(call("o2-1"));
    assert.deepEqual([scan.kind, scan.id], ["error", "o2-1"]);
    assert.deepEqual(JSON.parse(bytes.toString()), error("o2-1"));
  });
}

test("headers: configured, session, version and the call's own; the host as configured", async (t) => {
  const { server, transport } = await setUp(t, ({ message }, response) => json(response, result(message.id)), "s1");
  const extra = { "Mcp-Method": "tools/call", "Mcp-Name": "x", "Mcp-Session-Id": "forged", "Mcp-Param-A": "b" };
  await transport.exchange(call("o2-1", { headers: extra }));
  const { headers } = server.seen.at(-1) ?? assert.fail();
  assert.equal(headers["x-key"], "k");
  assert.equal(headers["mcp-session-id"], "s1");
  assert.equal(headers["mcp-protocol-version"], "2025-11-25");
  assert.equal(headers["mcp-method"], "tools/call");
  assert.equal(headers["mcp-param-a"], "b");
  assert.equal(headers.accept, "application/json, text/event-stream");
  assert.equal(headers.host, `127.0.0.1:${server.port}`);
  const initialize = server.seen.find(({ message }) => message?.method === "initialize");
  assert.equal(initialize?.headers["mcp-protocol-version"], undefined);
});

test("closing answers open calls, gives the session back and leaves no socket", async (t) => {
  const { server, transport } = await setUp(t, () => {}, "s1");
  const open = transport.exchange(call("o2-1"));
  const lost = fails(open, "OUTCOME_UNKNOWN");
  while (server.seen.at(-1)?.message?.id !== "o2-1") await new Promise(setImmediate);
  let closes = 0;
  transport.onclose = () => closes++;
  await Promise.all([transport.close(), transport.close()]);
  await lost;
  const last = server.seen.at(-1);
  assert.deepEqual([last?.method, last?.headers["mcp-session-id"], closes], ["DELETE", "s1", 1]);
  await fails(transport.exchange(call("o2-2")), "UPSTREAM_UNAVAILABLE");
  while (server.sockets.size > 0) await new Promise(setImmediate);
});
