// Do the HTTP transports work with the published reference server, driven by the SDK's Client and by exchanges?
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { isFault } from "#contract/fault.ts";
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { createHttpTransport, type HttpOptions } from "#upstream/http/transport.ts";
import { createLegacySseTransport } from "#upstream/legacy-sse/transport.ts";
import type { Exchange, Reply, SideMessage, UpstreamTransport } from "#upstream/transport.ts";
import { startEverything } from "./upstreams/http-everything.ts";

const optionsFor = (url: string): HttpOptions => ({
  name: "everything",
  url,
  headers: {},
  gateway: "g1",
  world: systemWorld,
  log: silentLog,
});

const newClient = (mode: "auto" | "legacy"): Client =>
  new Client({ name: "test", version: "1" }, { capabilities: {}, versionNegotiation: { mode } });

let lastId = 0;
function call(name: string, args: object, more: Partial<Exchange> = {}): Exchange {
  const id = `o2-${++lastId}`;
  const params = { name, arguments: args, _meta: { progressToken: id } };
  const body = JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
  return { id, method: "tools/call", body, signal: new AbortController().signal, ...more };
}

const resultOf = ({ bytes, scan }: Reply) => JSON.parse(bytes.toString("utf8", scan.start, scan.end));

async function serve(transport: UpstreamTransport): Promise<void> {
  const client = newClient("auto");
  await client.connect(transport);
  try {
    assert.equal(client.getProtocolEra(), "legacy");
    assert.ok((await client.listTools()).tools.length >= 10);
    assert.deepEqual(resultOf(await transport.exchange(call("echo", { message: "hi" }))).content, [
      { type: "text", text: "Echo: hi" },
    ]);
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, n) => transport.exchange(call("get-sum", { a: n, b: 1 }))),
    );
    for (const [n, reply] of replies.entries())
      assert.match(resultOf(reply).content[0].text, new RegExp(` ${n + 1}\\.$`));
    await client.ping();
    assert.equal(transport.dropped, 0);
  } finally {
    await client.close();
  }
  assert.equal(transport.closeReason?.stage, "call");
  await assert.rejects(transport.exchange(call("echo", { message: "late" })), (e) =>
    isFault(e, "UPSTREAM_UNAVAILABLE"),
  );
}

async function progress(transport: UpstreamTransport): Promise<void> {
  const client = newClient("auto");
  await client.connect(transport);
  try {
    const seen: SideMessage[] = [];
    const args = { duration: 0.2, steps: 3 };
    const request = call("trigger-long-running-operation", args, { onMessage: (message) => seen.push(message) });
    await transport.exchange(request);
    const steps = seen.filter(({ method }) => method === "notifications/progress").map(({ params }) => params.progress);
    assert.deepEqual(steps, [1, 2, 3]);
    assert.ok(seen.every(({ params }) => params.progressToken === request.id));
  } finally {
    await client.close();
  }
}

async function cancel(transport: UpstreamTransport): Promise<void> {
  const client = newClient("auto");
  await client.connect(transport);
  try {
    const abort = new AbortController();
    const slow = transport.exchange(
      call("trigger-long-running-operation", { duration: 30, steps: 30 }, { signal: abort.signal }),
    );
    const reason = new Error("enough");
    setTimeout(() => abort.abort(reason), 50);
    await assert.rejects(slow, (error) => error === reason);
    await client.ping();
  } finally {
    await client.close();
  }
}

for (const mode of ["streamableHttp", "sse"] as const) {
  const open = (url: string): UpstreamTransport =>
    mode === "sse" ? createLegacySseTransport(optionsFor(url)) : createHttpTransport(optionsFor(url));

  test(`server-everything over ${mode}: the SDK's client and 100 exchanges share one link`, async (t) => {
    const server = await startEverything(mode);
    t.after(server.stop);
    await t.test("lists, calls and pings", () => serve(open(server.url)));
    await t.test("progress of a call reaches its own listener", () => progress(open(server.url)));
    await t.test("an aborted call rejects at once with the caller's reason", () => cancel(open(server.url)));
  });
}

test("a restarted Streamable HTTP server has lost the session, and calls say so", async (t) => {
  const first = await startEverything("streamableHttp");
  t.after(first.stop);
  const transport = createHttpTransport(optionsFor(first.url));
  const client = newClient("auto");
  await client.connect(transport);
  await first.stop();
  const again = await startEverything("streamableHttp", first.port);
  t.after(again.stop);
  // The GET stream may have found out first; then the link is closed already.
  await assert.rejects(
    transport.exchange(call("echo", { message: "x" })),
    (e) => isFault(e, "SESSION_NOT_FOUND") || /no longer knows/.test(transport.closeReason?.message ?? ""),
  );
  await client.close();
});

test("a killed HTTP+SSE server closes the link, and open calls have an unknown outcome", async (t) => {
  const server = await startEverything("sse");
  t.after(server.stop);
  const transport = createLegacySseTransport(optionsFor(server.url));
  const client = newClient("legacy");
  await client.connect(transport);
  const closed = new Promise<void>((resolve) => {
    client.onclose = resolve;
  });
  const started = Promise.withResolvers<void>();
  const slow = transport.exchange(
    call("trigger-long-running-operation", { duration: 30, steps: 300 }, { onMessage: () => started.resolve() }),
  );
  slow.catch(() => {});
  await started.promise;
  await server.stop();
  await assert.rejects(slow, (e) => isFault(e, "OUTCOME_UNKNOWN"));
  await closed;
  assert.equal(transport.closeReason?.stage, "call");
});
