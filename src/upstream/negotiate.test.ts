// Which era and form does a link get, what is tried in which order, and how is a failure told?
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import type { TransportDefinition } from "#contract/upstream.ts";
import { type Answer, connect, openTransport, serve } from "./negotiate.fixture.ts";
import type { NegotiateOptions } from "./negotiate.ts";

const json = (res: ServerResponse, value: object, status = 200): void =>
  void res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", ...value }));

const INITIALIZED = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: {} },
  serverInfo: { name: "s", version: "1" },
};

const legacyAnswer: Answer = ({ verb, message: { id, method } }, res) => {
  if (method === "initialize") return json(res, { id, result: INITIALIZED });
  if (method === "server/discover") return json(res, { id, error: { code: -32601, message: "no" } });
  res.writeHead(verb === "POST" ? 202 : 405).end();
};

const DISCOVERED = {
  supportedVersions: ["2026-07-28"],
  capabilities: { tools: {} },
  resultType: "complete",
  ttlMs: 0,
  cacheScope: "private",
  _meta: { "io.modelcontextprotocol/serverInfo": { name: "s", version: "1" } },
};

const modernAnswer: Answer = ({ message: { id, method } }, res) =>
  method === "server/discover"
    ? json(res, { id, result: DISCOVERED })
    : json(res, { id, error: { code: -32601, message: "no" } }, 404);

const http = (url: string, sseFallback = false): TransportDefinition => ({
  kind: "http",
  url,
  headers: {},
  sseFallback,
});

test("a server of the legacy era is asked for the modern one first and then initialized", async (t) => {
  const { url, seen } = await serve(t, legacyAnswer);
  const link = await connect(t, http(url));
  assert.deepEqual([link.era, link.form], ["legacy", "http"]);
  assert.deepEqual(seen.slice(0, 3), ["POST server/discover", "POST initialize", "POST notifications/initialized"]);
});

test("a server of the modern era is not initialized", async (t) => {
  const { url, seen } = await serve(t, modernAnswer);
  const link = await connect(t, http(url));
  assert.deepEqual([link.era, link.form], ["modern", "http"]);
  assert.ok(!seen.includes("POST initialize"));
});

/** Speaks nothing but the older HTTP+SSE transport: GET opens the stream, POST elsewhere talks. */
function sseOnly(): Answer {
  let stream: ServerResponse | undefined;
  return ({ verb, message: { id, method } }, res) => {
    if (verb === "GET") {
      stream = res.writeHead(200, { "content-type": "text/event-stream" });
      return void stream.write("event: endpoint\ndata: /post\n\n");
    }
    if (stream === undefined) return void res.writeHead(404).end();
    res.writeHead(202).end();
    if (method === "initialize") {
      stream.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result: INITIALIZED })}\n\n`);
    }
  };
}

test("a URL of no stated type that knows no Streamable HTTP is tried as HTTP+SSE", async (t) => {
  const { url } = await serve(t, sseOnly());
  const link = await connect(t, http(url, true));
  assert.deepEqual([link.era, link.form], ["legacy", "sse"]);
});

test("a URL that was stated to speak Streamable HTTP is not", async (t) => {
  const { url, seen } = await serve(t, sseOnly());
  await assert.rejects(connect(t, http(url)), { code: "UPSTREAM_PROTOCOL", message: /^files answered HTTP 404/ });
  assert.ok(!seen.includes("GET"));
});

test("what an earlier link found out is the first try", async (t) => {
  const { url, seen } = await serve(t, sseOnly());
  const link = await connect(t, http(url, true), { hint: { era: "legacy", form: "sse" } });
  assert.equal(link.form, "sse");
  assert.equal(seen[0], "GET");
});

for (const status of [401, 403]) {
  test(`HTTP ${status} is about credentials, and says where to look`, async (t) => {
    const { url } = await serve(t, (_, res) => void res.writeHead(status).end());
    await assert.rejects(connect(t, http(url, true)), ({ code, message }: { code: string; message: string }) => {
      assert.equal(code, "UPSTREAM_AUTH");
      assert.match(message, /^files /);
      return true;
    });
  });
}

test("a server that is not there is named with the reason", async (t) => {
  const { url } = await serve(t, () => {});
  const gone = http(url.replace(/:\d+/, ":1"));
  await assert.rejects(connect(t, gone), {
    code: "UPSTREAM_UNAVAILABLE",
    server: "files",
    message: /^files .*ECONNREFUSED/,
  });
});

test("whoever gives up waiting is let go at once, and nothing is left open", { timeout: 4_000 }, async (t) => {
  const { url, seen } = await serve(t, () => {});
  const leaving = new AbortController();
  const connecting = connect(t, http(url, true), { signal: leaving.signal });
  const ended = assert.rejects(connecting);
  while (seen.length === 0) await new Promise(setImmediate);
  leaving.abort(new Error("given up"));
  await ended;
  assert.ok(!seen.includes("GET"));
});

test("a server that never finishes its handshake is given up after its time to start", {
  timeout: 8_000,
}, async (t) => {
  const { url } = await serve(t, () => {});
  const slow = { code: "UPSTREAM_UNAVAILABLE", message: /^files .*did not finish its handshake within 0\.3 s/ };
  await assert.rejects(connect(t, http(url, true), { startTimeoutMs: 300 }), slow);
});

test("an address of ours that cannot be had is told as the gateway's own shortage", async (t) => {
  const full = Object.assign(new Error("connect"), { code: "EADDRNOTAVAIL" });
  const failing: NegotiateOptions["openTransport"] = (...form) =>
    Object.assign(openTransport(...form), { start: () => Promise.reject(full) });
  await assert.rejects(connect(t, http("http://127.0.0.1:1/mcp"), { openTransport: failing }), {
    code: "OVERLOADED",
    circumstance: { ours: true },
  });
});

/** A server on stdio as a line of script; `say` answers, `line` is what was read. */
const stdio = (onMessage: string): TransportDefinition => ({
  kind: "stdio",
  command: process.execPath,
  args: [
    "-e",
    `const say = (it) => console.log(JSON.stringify({ jsonrpc: "2.0", ...it }));
     require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
       const { id, method } = JSON.parse(line);
       ${onMessage}
     });`,
  ],
  env: {},
  cwd: process.cwd(),
});
const INITIALIZE = `if (method === "initialize") say({ id, result: ${JSON.stringify(INITIALIZED)} });`;

test("a server on stdio that exits on the first question is started again as legacy", async (t) => {
  const link = await connect(t, stdio(`if (method === "server/discover") process.exit(1); ${INITIALIZE}`));
  assert.deepEqual([link.era, link.form], ["legacy", "stdio"]);
});

test("a server on stdio that ignores the first question is legacy after half of its time to start", async (t) => {
  const link = await connect(t, stdio(INITIALIZE), { startTimeoutMs: 3_000 });
  assert.deepEqual([link.era, link.form], ["legacy", "stdio"]);
});

test("a server on stdio that is known to be legacy is not asked at all", async (t) => {
  const definition = stdio(`if (method === "server/discover") process.exit(1); ${INITIALIZE}`);
  const link = await connect(t, definition, { hint: { era: "legacy", form: "stdio" } });
  assert.equal(link.transport.closeReason, undefined);
  assert.equal(link.era, "legacy");
});

test("a command that ends at once is a fault that tells how it ended", async (t) => {
  await assert.rejects(connect(t, stdio("process.exit(3);")), {
    code: "UPSTREAM_UNAVAILABLE",
    message: /files could not be reached: .*3/,
  });
});

test("a command that does not exist is a fault that names it", async (t) => {
  const definition: TransportDefinition = {
    ...stdio(""),
    kind: "stdio",
    command: "no-such-command",
    args: [],
  } as never;
  await assert.rejects(connect(t, definition), { code: "UPSTREAM_UNAVAILABLE", message: /no-such-command/ });
});

test("changed lists are told by kind, many changes at once only once", async (t) => {
  const changes: string[] = [];
  const notes = `say({ method: "notifications/tools/list_changed" });`;
  const capable = INITIALIZE.replace('"tools":{}', '"tools":{"listChanged":true}');
  await connect(t, stdio(`${capable} if (method === "notifications/initialized") { ${notes.repeat(5)} }`), {
    hint: { era: "legacy", form: "stdio" },
    onListChanged: (kind) => void changes.push(kind),
  });
  while (changes.length === 0) await new Promise((wake) => setTimeout(wake, 10));
  assert.deepEqual(changes, ["tools"]);
});
