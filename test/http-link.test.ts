// How does the SDK's Client fare on our HTTP transports: negotiation in both eras, the server's own stream, lost sessions?
import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Client, type SdkHttpError } from "@modelcontextprotocol/client";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { type Fault, isFault } from "#contract/fault.ts";
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { createHttpTransport } from "#upstream/http.ts";
import { createLegacySseTransport } from "#upstream/legacy-sse.ts";
import type { UpstreamTransport } from "#upstream/transport.ts";
import { type Answer, json, legacy, openScriptedServer, openStream, result, sse } from "./upstreams/http-scripted.ts";

const optionsFor = (url: string) => ({ name: "demo", url, headers: {}, world: systemWorld, log: silentLog });
const openTransport = (url: string): UpstreamTransport => createHttpTransport(optionsFor(url));
const newClient = (mode: "auto" | "legacy" = "auto"): Client =>
  new Client({ name: "t", version: "1" }, { versionNegotiation: { mode, probe: { timeoutMs: 3000 } } });

/** Waits for a condition; the test runner's timeout is the only clock. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function faultIn(error: unknown): Fault | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (isFault(cause)) return cause;
  return undefined;
}

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
  await handler.notify.toolsChanged();
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

test("the server's own stream: news arrive, its end is a doubt, and it is opened again after the last event", async (t) => {
  const news = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
  const tooDeep = `data: {"jsonrpc":"2.0","method":"notifications/x","params":{"a":${"[".repeat(200)}${"]".repeat(200)}}}\n\n`;
  let streams = 0;
  const server = await openScriptedServer(
    legacy(
      (request, response) => {
        if (request.method !== "GET") return json(response, result(request.message.id, {}));
        streams++;
        if (streams === 1) openStream(response).end(`retry: 20\n${sse(news, "e1")}`);
        else openStream(response).write(sse(result(0)) + tooDeep + sse(news, "e2"));
      },
      { session: "s1" },
    ),
  );
  const transport = openTransport(server.url);
  const client = newClient("legacy");
  t.after(async () => {
    await client.close();
    await server.close();
  });
  let [doubts, changes] = [0, 0];
  transport.ondoubt = () => doubts++;
  client.setNotificationHandler("notifications/tools/list_changed", () => void changes++);
  await client.connect(transport);
  await until(() => changes === 2);
  assert.deepEqual([doubts, streams, transport.dropped], [1, 2, 2]);
  const [first, second] = server.seen.filter(({ method }) => method === "GET");
  assert.equal(first?.headers["last-event-id"], undefined);
  assert.deepEqual([second?.headers["last-event-id"], second?.headers["mcp-session-id"]], ["e1", "s1"]);
  await client.ping();
  assert.equal(transport.closeReason, undefined);
});

test("a server that no longer knows the session when its stream is opened again has closed the link", async (t) => {
  let streams = 0;
  const server = await openScriptedServer(
    legacy(
      (_, response) => {
        if (++streams === 1) openStream(response).end("retry: 10\ndata:\n\n");
        else json(response, {}, 404);
      },
      { session: "s1" },
    ),
  );
  t.after(server.close);
  const transport = openTransport(server.url);
  const client = newClient("legacy");
  const closed = new Promise<void>((resolve) => {
    client.onclose = resolve;
  });
  await client.connect(transport);
  await closed;
  assert.match(transport.closeReason?.message ?? "", /demo no longer knows our session/);
  assert.ok(server.seen.every(({ method }) => method !== "DELETE"));
});

test("a request of the SDK ends quickly when its stream ends without a reply, and when it is cancelled", async (t) => {
  const pings: ServerResponse[] = [];
  const server = await openScriptedServer(
    legacy((request, response) => {
      if (request.message?.method === "tools/list") openStream(response).end();
      else if (request.message?.method === "ping") pings.push(openStream(response));
      else if (request.method === "GET") response.writeHead(405).end();
      else response.writeHead(202).end();
    }),
  );
  const transport = openTransport(server.url);
  const client = newClient("legacy");
  t.after(async () => {
    await client.close();
    await server.close();
  });
  await client.connect(transport);
  const error = await client.listTools().catch((e: unknown) => e);
  assert.equal(faultIn(error)?.code, "OUTCOME_UNKNOWN");
  await assert.rejects(client.ping({ timeout: 30 }));
  await until(() => server.seen.some(({ message }) => message?.method === "notifications/cancelled"));
  await until(() => pings.every((response) => response.destroyed));
});

test("a string that looks like the SDK's number is not its reply, nor is another number", async (t) => {
  const server = await openScriptedServer(
    legacy((request, response) => {
      if (request.method === "GET") response.writeHead(405).end();
      else {
        const { id } = request.message;
        openStream(response).end([String(id), id + 1, id].map((each) => sse(result(each, {}))).join(""));
      }
    }),
  );
  const transport = openTransport(server.url);
  const client = newClient("legacy");
  t.after(async () => {
    await client.close();
    await server.close();
  });
  await client.connect(transport);
  await client.ping();
  assert.equal(transport.dropped, 2);
});

const SSE_FAILURES: [string, Answer, code: string][] = [
  [
    "an endpoint on another origin",
    (_, r) => void openStream(r).write("event: endpoint\ndata: http://127.0.0.2:1/x\n\n"),
    "UPSTREAM_PROTOCOL",
  ],
  ["405", (_, r) => r.writeHead(405).end(), "UPSTREAM_PROTOCOL"],
  ["403", (_, r) => r.writeHead(403).end(), "UPSTREAM_AUTH"],
  ["a body that is no stream", (_, r) => json(r, {}), "UPSTREAM_PROTOCOL"],
];
for (const [title, answer, code] of SSE_FAILURES) {
  test(`HTTP+SSE: ${title} is ${code} and closes the link`, async (t) => {
    const server = await openScriptedServer(answer);
    t.after(server.close);
    const transport = createLegacySseTransport(optionsFor(server.url));
    await assert.rejects(transport.start(), (error) => isFault(error) && error.code === code);
    assert.equal(transport.closeReason?.stage, "connect");
  });
}

test("HTTP+SSE: a refused POST is a fault, a string for a number is dropped, and closing while opening ends the wait", async (t) => {
  const server = await openScriptedServer((request, response) => {
    if (request.url === "/quiet") openStream(response);
    else if (request.method === "GET")
      openStream(response).write(`event: endpoint\ndata: /post?s=1\n\n${sse(result("0", {}))}`);
    else response.writeHead(404).end();
  });
  t.after(server.close);
  const transport = createLegacySseTransport(optionsFor(server.url));
  await transport.start();
  const body = JSON.stringify({ jsonrpc: "2.0", id: "o2-1", method: "tools/call" });
  const signal = new AbortController().signal;
  await assert.rejects(transport.exchange({ id: "o2-1", method: "tools/call", body, signal }), (error) =>
    isFault(error, "SESSION_NOT_FOUND"),
  );
  assert.equal(server.seen.at(-1)?.url, "/post?s=1");
  await until(() => transport.dropped === 1);
  await transport.close();
  const quiet = createLegacySseTransport(optionsFor(server.url.replace("/mcp", "/quiet")));
  const started = quiet.start();
  const ended = assert.rejects(started, (error) => isFault(error, "UPSTREAM_UNAVAILABLE"));
  await quiet.close();
  await ended;
});
