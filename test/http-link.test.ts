// How does the SDK's Client get a link over our HTTP transports, and how does it fail to? Both eras.
import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { SdkHttpError } from "@modelcontextprotocol/client";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { createLegacySseTransport } from "#upstream/legacy-sse/transport.ts";
import { faultIn, newClient, openTransport, optionsFor, until } from "./http-kit.ts";
import { type Answer, json, legacy, openScriptedServer } from "./upstreams/http-scripted.ts";

test("a modern server: negotiated, called, subscribed to and cancelled without session, GET or DELETE", async (t) => {
  const seen: { method: string | undefined; headers: NodeJS.Dict<string | string[]>; response: ServerResponse }[] = [];
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: "m", version: "1" }, { capabilities: { tools: { listChanged: true } } });
    server.registerTool("hello", { description: "says hello" }, async () => ({
      content: [{ type: "text", text: "hello" }],
    }));
    return server;
  });
  const node = toNodeHandler(handler);
  const http = createServer((request, response) => {
    seen.push({ method: request.method, headers: request.headers, response });
    void node(request as Parameters<typeof node>[0], response);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => http.once("listening", resolve));
  t.after(async () => {
    await handler.close();
    http.close();
    http.closeAllConnections();
  });
  const transport = openTransport(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
  const client = newClient();
  await client.connect(transport);
  assert.equal(client.getProtocolEra(), "modern");
  assert.equal((await client.listTools()).tools[0]?.name, "hello");
  await client.callTool({ name: "hello", arguments: {} });
  const { headers } = seen.at(-1) ?? assert.fail();
  assert.equal(headers["mcp-protocol-version"], "2026-07-28");
  assert.equal(headers["mcp-method"], "tools/call");
  assert.equal(headers["mcp-name"], "hello");
  let changed = 0;
  client.setNotificationHandler("notifications/tools/list_changed", () => void changed++);
  const subscription = await client.listen({ toolsListChanged: true });
  handler.notify.toolsChanged();
  await until(() => changed === 1);
  const { response: listening } = seen.at(-1) ?? assert.fail();
  const before = seen.length;
  await subscription.close();
  await until(() => listening.destroyed);
  transport.notify("notifications/cancelled", { requestId: "o2-1" });
  await client.close();
  assert.equal(seen.length, before);
  assert.ok(seen.every((request) => request.method === "POST" && request.headers["mcp-session-id"] === undefined));
});

const PROBE_ANSWERS: [string, Answer][] = [
  ["400", (_, r) => r.writeHead(400).end("Bad Request")],
  ["404", (_, r) => json(r, { error: "nothing here" }, 404)],
  ["405", (_, r) => r.writeHead(405).end()],
  [
    "a JSON-RPC error with HTTP 400",
    (_, r) => json(r, { jsonrpc: "2.0", id: null, error: { code: -32000, message: "no" } }, 400),
  ],
];
for (const [title, answer] of PROBE_ANSWERS) {
  test(`a server that answers the modern probe with ${title} is legacy`, async (t) => {
    const server = await openScriptedServer((request, response) => {
      if (request.message?.method === "server/discover") answer(request, response);
      else legacy((_, r) => r.writeHead(405).end())(request, response);
    });
    const client = newClient();
    t.after(async () => {
      await client.close();
      await server.close();
    });
    await client.connect(openTransport(server.url));
    assert.equal(client.getProtocolEra(), "legacy");
    const [probe, initialize] = server.seen;
    assert.equal(probe?.headers["mcp-protocol-version"], "2026-07-28");
    assert.equal(initialize?.message.method, "initialize");
    assert.equal(initialize?.headers["mcp-protocol-version"], undefined);
  });
}

const CONNECT_FAILURES: [string, Answer, code: string, status: number | undefined][] = [
  ["401", (_, r) => json(r, {}, 401), "UPSTREAM_AUTH", 401],
  ["404 for everything", (_, r) => r.writeHead(404).end("nothing"), "UPSTREAM_PROTOCOL", 404],
  [
    "200 with HTML",
    (_, r) => r.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    "UPSTREAM_PROTOCOL",
    undefined,
  ],
  ["a reset", (_, r) => r.socket?.resetAndDestroy(), "OUTCOME_UNKNOWN", undefined],
  [
    "too deep a reply",
    (q, r) => json(r, `{"jsonrpc":"2.0","id":"${q.message.id}","result":${"[".repeat(5000)}${"]".repeat(5000)}}`),
    "UPSTREAM_PROTOCOL",
    undefined,
  ],
];
for (const [title, answer, code, status] of CONNECT_FAILURES) {
  test(`connecting to a server that answers ${title} fails, and the reason is told`, async (t) => {
    const server = await openScriptedServer(answer);
    t.after(server.close);
    const transport = openTransport(server.url);
    const error = await newClient()
      .connect(transport)
      .then(
        () => assert.fail("it connected"),
        (e: unknown) => e,
      );
    if (status === undefined) assert.equal(faultIn(error)?.code, code);
    else assert.equal((error as SdkHttpError).status, status);
    if (status === 404) assert.equal(faultIn(error)?.code, code);
    await transport.close();
  });
}

test("connecting to a closed port fails with UPSTREAM_UNAVAILABLE as the cause", async () => {
  const server = await openScriptedServer(() => {});
  await server.close();
  for (const open of [openTransport, (url: string) => createLegacySseTransport(optionsFor(url))]) {
    const error = await newClient()
      .connect(open(server.url))
      .then(
        () => assert.fail("it connected"),
        (e: unknown) => e,
      );
    assert.equal(faultIn(error)?.code, "UPSTREAM_UNAVAILABLE");
  }
});
