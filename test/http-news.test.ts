// How does the SDK's Client keep its link over our HTTP transports: the server's own stream, lost sessions, stray replies, HTTP+SSE?
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { createLegacySseTransport } from "#upstream/legacy-sse/transport.ts";
import { faultIn, newClient, openTransport, optionsFor, until } from "./http-kit.ts";
import { type Answer, json, legacy, openScriptedServer, openStream, result, sse } from "./upstreams/http-scripted.ts";

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
