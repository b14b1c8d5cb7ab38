// What does an exchange over Streamable HTTP make of every answer a server can give?
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { type FaultCode, isFault } from "#contract/fault.ts";
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { createHttpTransport } from "#upstream/http.ts";
import type { Exchange, SideMessage, UpstreamTransport } from "#upstream/transport.ts";
import { type Answer, json, legacy, openScriptedServer, openStream, result, sse } from "./upstreams/http-scripted.ts";

const openTransport = (url: string): UpstreamTransport =>
  createHttpTransport({ name: "demo", url, headers: { "X-Key": "k" }, world: systemWorld, log: silentLog });

/** A server that answers with `answer`, and a transport to it; with `session`, after a legacy handshake. */
async function setUp(t: TestContext, answer: Answer, session?: string) {
  const server = await openScriptedServer(
    legacy(
      (request, response) => {
        if (request.method === "GET" && request.headers["last-event-id"] === undefined) response.writeHead(405).end();
        else answer(request, response);
      },
      session === undefined ? {} : { session },
    ),
  );
  const transport = openTransport(server.url);
  t.after(async () => {
    await transport.close();
    await server.close();
  });
  if (session !== undefined) {
    await new Client({ name: "t", version: "1" }, { versionNegotiation: { mode: "legacy" } }).connect(transport);
  }
  return { server, transport };
}

const call = (id: string, more: Partial<Exchange> = {}): Exchange => ({
  id,
  method: "tools/call",
  body: JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "x" } }),
  signal: new AbortController().signal,
  ...more,
});

const fails = (exchange: Promise<unknown>, code: FaultCode, message = /demo /): Promise<void> =>
  assert.rejects(exchange, (error) => {
    assert.ok(isFault(error, code), `${code} expected, got ${String(error)}`);
    assert.match(error.message, message);
    assert.equal(error.server, "demo");
    return true;
  });

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
    const { transport } = await setUp(t, (_, response) => json(response, {}, 503, { "retry-after": value }));
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

test("a reply in an event stream arrives through any split of its bytes", async (t) => {
  const { transport } = await setUp(t, async ({ message }, response) => {
    openStream(response);
    for (const byte of Buffer.from(`\ufeff: hi\r\n\r\n${sse(result(message.id, { text: "é" }))}`)) {
      response.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    response.end();
  });
  const { bytes } = await transport.exchange(call("o2-1"));
  assert.deepEqual(JSON.parse(bytes.toString()), result("o2-1", { text: "é" }));
});

test("a call's own stream: its notifications go to the listener, news and requests to the SDK, foreign replies nowhere", async (t) => {
  const progress = { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: "o2-1", progress: 1 } };
  const news = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
  const ask = { jsonrpc: "2.0", id: 7, method: "roots/list" };
  const { transport } = await setUp(t, (_, response) => {
    const events = [progress, news, ask, result("o2-9"), result(1), result("o2-1"), result("o2-1", "again")];
    openStream(response).end(events.map((event) => sse(event)).join(""));
  });
  const [toListener, toSdk]: [SideMessage[], unknown[]] = [[], []];
  transport.onmessage = (message) => toSdk.push(message);
  const { bytes } = await transport.exchange(call("o2-1", { onMessage: (message) => toListener.push(message) }));
  assert.deepEqual(JSON.parse(bytes.toString()), result("o2-1"));
  assert.deepEqual(toListener, [{ method: progress.method, params: progress.params }]);
  assert.deepEqual(toSdk, [news, ask]);
  assert.equal(transport.dropped, 3);
});

test("a legacy stream that breaks off is resumed after its last event, and the call is not sent again", async (t) => {
  const { server, transport } = await setUp(
    t,
    (request, response) => {
      if (request.method === "POST") openStream(response).end("id: e1\nretry: 10\ndata:\n\n");
      else if (request.headers["last-event-id"] === "e1") openStream(response).end("id: e2\ndata:\n\n");
      else openStream(response).end(sse(result("o2-1"), "e3"));
    },
    "s1",
  );
  const { scan } = await transport.exchange(call("o2-1"));
  assert.equal(scan.id, "o2-1");
  const resumed = server.seen.filter(({ headers }) => headers["last-event-id"] !== undefined);
  assert.deepEqual(
    resumed.map(({ headers }) => [headers["last-event-id"], headers["mcp-session-id"]]),
    [
      ["e1", "s1"],
      ["e2", "s1"],
    ],
  );
  assert.equal(server.seen.filter(({ message }) => message?.method === "tools/call").length, 1);
});

test("a legacy stream may be broken off any number of times while it brings something new", async (t) => {
  const { transport } = await setUp(t, ({ headers }, response) => {
    const at = Number(headers["last-event-id"] ?? 0);
    openStream(response).end(at === 6 ? sse(result("o2-1")) : `id: ${at + 1}\nretry: 2\ndata:\n\n`);
  });
  await transport.exchange(call("o2-1"));
});

test("a modern stream that breaks off is not resumed", async (t) => {
  const { server, transport } = await setUp(t, (_, response) =>
    openStream(response).end("id: e1\nretry: 5\ndata:\n\n"),
  );
  transport.setProtocolVersion?.("2026-07-28");
  await fails(transport.exchange(call("o2-1")), "OUTCOME_UNKNOWN");
  assert.equal(server.seen.length, 1);
});

test("three resumptions that bring nothing are enough", async (t) => {
  const { server, transport } = await setUp(t, (request, response) => {
    if (request.method === "POST") openStream(response).end("id: e1\nretry: 5\ndata:\n\n");
    else openStream(response).end();
  });
  await fails(transport.exchange(call("o2-1")), "OUTCOME_UNKNOWN");
  assert.equal(server.seen.filter(({ method }) => method === "GET").length, 3);
});

test("an aborted exchange rejects at once with the caller's reason and closes its request", async (t) => {
  const { server, transport } = await setUp(t, () => {});
  const abort = new AbortController();
  const exchange = transport.exchange(call("o2-1", { signal: abort.signal }));
  while (server.seen.length === 0) await new Promise(setImmediate);
  const [socket] = server.sockets;
  const closed = socket === undefined ? undefined : once(socket, "close");
  const reason = new Error("enough");
  abort.abort(reason);
  await assert.rejects(exchange, (error) => error === reason);
  await closed;
  await assert.rejects(transport.exchange(call("o2-2", { signal: abort.signal })), (error) => error === reason);
});

test("a stream left open after its reply is given up", async (t) => {
  const { server, transport } = await setUp(t, (_, response) => void openStream(response).write(sse(result("o2-1"))));
  await transport.exchange(call("o2-1"));
  const [socket] = server.sockets;
  if (socket !== undefined) await once(socket, "close");
  assert.equal(server.sockets.size, 0);
});

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
