// What does an exchange over Streamable HTTP make of an event stream: split, broken off, resumed, left open, abandoned?
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { SideMessage } from "#upstream/transport.ts";
import { call, fails, setUp } from "./http-kit.ts";
import { openStream, result, sse } from "./upstreams/http-scripted.ts";

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
