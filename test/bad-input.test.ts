// What does a request get that is wrong in every way there is? The exact status and code, a message that helps, and
// nothing else happens: the same process goes on serving, its memory stays, its log and its journal know no bug.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startGateway, type TestGateway } from "./kit.ts";
import { modern, openSession, type Received, type Sending, send } from "./raw.ts";
import { upstreamFile } from "./upstreams/start.ts";

const ENDPOINTS = ["/mcp", "/mcp/echo"] as const;
const HUNDRED_MB = 100 * 1024 * 1024;
const NESTED = "[".repeat(100_000) + "]".repeat(100_000);
const call = (id: string, method = "ping", more = ""): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"${method}"${more}}`;

let gateway: TestGateway;
before(async () => {
  gateway = await startGateway({ servers: { echo: { command: process.execPath, args: [upstreamFile("echo.ts")] } } });
});
after(() => gateway.stop());

const metric = async (name: string): Promise<number> => {
  const { text } = await send(gateway.url, { method: "GET", path: "/metrics" });
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
};

/** The same process still answers a real call. */
async function serves(): Promise<void> {
  process.kill(gateway.pid, 0);
  const { status, body } = await gateway.api("POST", "/api/tools/call", {
    server: "echo",
    tool: "echo",
    arguments: { message: "still here" },
  });
  assert.equal(status, 200);
  assert.match(JSON.stringify(body), /still here/);
}

type Bad = readonly [title: string, sending: Omit<Sending, "path">, status: number, code: number, words: RegExp];

const BAD: readonly Bad[] = [
  ["100 MB of stated length", { flood: { bytes: HUNDRED_MB, chunked: false } }, 413, -32600, /larger than 4 MiB; send/],
  ["100 MB in chunks", { flood: { bytes: HUNDRED_MB, chunked: true } }, 413, -32600, /larger than 4 MiB; send/],
  ["100,000 nested arrays", { body: NESTED }, 400, -32600, /deeper than 128 levels; send/],
  ["nested arrays in params", { body: call("1", "ping", `,"params":{"a":${NESTED}}`) }, 400, -32600, /deeper/],
  ["the id 2^53+1", { body: call("9007199254740993") }, 400, -32600, /use a string/],
  ["the id 1.5", { body: call("1.5") }, 400, -32600, /use a string/],
  ["the id null", { body: call("null") }, 400, -32600, /use a string/],
  ["the id {}", { body: call("{}") }, 400, -32600, /use a string/],
  ["a batch", { body: `[${call("1")}]` }, 400, -32600, /send one message per request/],
  ["an empty body", { body: "" }, 400, -32700, /is empty; send one/],
  [
    "bytes that are no UTF-8",
    { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) },
    400,
    -32700,
    /as UTF-8/,
  ],
  ["two objects", { body: call("1") + call("2") }, 400, -32700, /send one JSON-RPC message/],
  ["__proto__ in the place of fields", { body: '{"__proto__":{"jsonrpc":"2.0"},"id":1}' }, 400, -32600, /"jsonrpc"/],
  ["a foreign Host", { headers: { host: "evil.example" }, body: call("1") }, 403, -32600, /omni2\.access\.hosts/],
  [
    "a foreign Origin",
    { headers: { origin: "https://evil.example" }, body: call("1") },
    403,
    -32600,
    /access\.origins/,
  ],
  ["the Origin null", { headers: { origin: "null" }, body: call("1") }, 403, -32600, /origin \\?"null\\?"/],
  ["no session", { body: call('"a"') }, 400, -32600, /initialize first/],
  ["a wrong session", { headers: { "mcp-session-id": "nope" }, body: call('"a"') }, 404, -32600, /initialize again/],
  [
    "an unknown version",
    { headers: { "mcp-protocol-version": "1.0" }, body: call('"a"') },
    400,
    -32600,
    /Supported: 2026/,
  ],
  ["a GET without Accept", { method: "GET", headers: { accept: "*/*" } }, 406, -32600, /Accept: text\/event-stream/],
  ["a GET without a session", { method: "GET" }, 400, -32600, /initialize first/],
  ["a DELETE without a session", { method: "DELETE" }, 400, -32600, /initialize first/],
  ["a PUT", { method: "PUT", body: "{}" }, 405, -32600, /PUT is not served here; use POST/],
];

function assertError(received: Received, [status, code, words]: readonly [number, number, RegExp]): void {
  assert.equal(received.status, status, received.text);
  assert.equal(received.json?.error?.code, code, received.text);
  assert.match(received.json.error.message, words);
  assert.equal(received.json.jsonrpc, "2.0");
}

for (const path of ENDPOINTS) {
  describe(`${path} refuses`, () => {
    for (const [title, sending, status, code, words] of BAD) {
      test(title, async () => {
        const received = await send(gateway.url, { ...sending, path });
        assertError(received, [status, code, words]);
        const known = sending.body?.toString().includes('"id":"a"');
        assert.equal(received.json.id, known ? "a" : null);
      });
    }

    test("headers of 64 KB, and more than a hundred of them", async () => {
      const big = { "x-big": "a".repeat(64 * 1024) };
      assert.equal((await send(gateway.url, { path, headers: big, body: call("1") })).status, 431);
      const many = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`x-${at}`, "1"]));
      assert.equal((await send(gateway.url, { path, headers: many, body: call("1") })).status, 431);
    });

    for (const method of ["no/such", "notifications/initialized", "constructor", "__proto__", "toString"]) {
      test(`the method ${method}, in both eras`, async () => {
        const words = /^Method not found: .* is not served/;
        assertError(await send(gateway.url, modern(path, { id: "m", method })), [404, -32601, words]);
        const headers = { "mcp-session-id": await openSession(gateway.url, path) };
        assertError(await send(gateway.url, { path, headers, body: call('"m"', method) }), [200, -32601, words]);
      });
    }

    test("a session of the other endpoint, and one that has ended", async () => {
      const headers = { "mcp-session-id": await openSession(gateway.url, path) };
      const other = path === "/mcp" ? "/mcp/echo" : "/mcp";
      const elsewhere = await send(gateway.url, { path: other, headers, body: call('"a"') });
      assertError(elsewhere, [404, -32600, /initialize again/]);
      assert.equal((await send(gateway.url, { path, headers, body: call('"a"') })).status, 200);
      assert.equal((await send(gateway.url, { path, method: "DELETE", headers })).status, 200);
      assertError(await send(gateway.url, { path, method: "DELETE", headers }), [404, -32600, /initialize again/]);
      assertError(await send(gateway.url, { path, headers, body: call('"a"') }), [404, -32600, /initialize again/]);
    });

    test("names that nobody has, whatever they look like", async () => {
      for (const name of ["nope", "__proto__", "a".repeat(4_000), "\u0000", "é"]) {
        const sent = modern(path, { id: 1, method: "tools/call", params: { name, arguments: {} } });
        assertError(await send(gateway.url, sent), [200, -32602, /^Unknown tool: .* list the tools again\.$/]);
      }
    });

    test("keys that JavaScript treats specially are data, and reach nobody's prototype", async () => {
      const text =
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}';
      const received = await send(gateway.url, { path, body: text });
      assert.equal(received.status, 200);
      assert.doesNotMatch(received.text, /polluted/);
    });
  });
}

for (const [path, words] of [
  ["/mcp/nope", /No server named nope is configured; \/mcp serves all/],
  ["/mcp/a/b", /must be \/mcp or \/mcp\/<server>/],
  ["/mcp/%2e%2e", /must be \/mcp or/],
  ["/mcp/__proto__", /No server named __proto__/],
] as const) {
  test(`the path ${path} is told as unknown`, async () =>
    assertError(await send(gateway.url, { path, body: call("1") }), [404, -32602, words]));
}

type BadRest = readonly [title: string, sending: Omit<Sending, "path">, status: number, code: string, words: RegExp];

const REST: readonly BadRest[] = [
  [
    "100 MB of stated length",
    { flood: { bytes: HUNDRED_MB, chunked: false } },
    413,
    "BODY_TOO_LARGE",
    /larger than 1 MiB/,
  ],
  ["100 MB in chunks", { flood: { bytes: HUNDRED_MB, chunked: true } }, 413, "BODY_TOO_LARGE", /larger than 1 MiB/],
  ["100,000 nested arrays", { body: NESTED }, 400, "INVALID_REQUEST", /deeper than 128 levels/],
  ["a list", { body: "[]" }, 400, "INVALID_REQUEST", /expected object, received array/],
  ["an empty body", { body: "" }, 400, "INVALID_REQUEST", /expected object/],
  ["bytes that are no UTF-8", { body: Buffer.from([0x22, 0xff, 0x22]) }, 400, "PARSE_ERROR", /UTF-8/],
  ["two objects", { body: "{}{}" }, 400, "PARSE_ERROR", /send one JSON object/],
  ["the key __proto__", { body: '{"__proto__":{}}' }, 400, "INVALID_REQUEST", /a key named __proto__/],
  ["no server", { body: '{"tool":"echo"}' }, 400, "INVALID_REQUEST", /server/],
  ["an unknown field", { body: '{"server":"echo","tool":"echo","args":{}}' }, 400, "INVALID_REQUEST", /args/],
  ["an unknown server", { body: '{"server":"nope","tool":"echo"}' }, 404, "SERVER_NOT_FOUND", /nope/],
  ["an unknown tool", { body: '{"server":"echo","tool":"nope"}' }, 404, "TOOL_NOT_FOUND", /list the tools again/],
  ["text", { headers: { "content-type": "text/plain" }, body: "{}" }, 400, "INVALID_REQUEST", /application\/json/],
  ["a foreign Host", { headers: { host: "evil.example" }, body: "{}" }, 403, "HOST_REJECTED", /access\.hosts/],
  ["the Origin null", { headers: { origin: "null" }, body: "{}" }, 403, "ORIGIN_REJECTED", /access\.origins/],
  ["no credential", { headers: { authorization: "" }, body: "{}" }, 401, "UNAUTHENTICATED", /./],
  ["a GET", { method: "GET" }, 404, "METHOD_NOT_FOUND", /Nothing is served at GET/],
];
describe("REST refuses", () => {
  for (const [title, sending, status, code, words] of REST) {
    test(title, async () => {
      const headers = { authorization: `Bearer ${gateway.token}`, ...sending.headers };
      const received = await send(gateway.url, { ...sending, headers, path: "/api/tools/call" });
      assert.equal(received.status, status, received.text);
      assert.equal(received.json?.error?.code, code, received.text);
      assert.match(received.json.error.message, words);
      assert.equal(typeof received.json.error.requestId, "string");
    });
  }
});

describe("after all that", () => {
  test("memory has not grown, even when many send too much at once", async () => {
    const before = await metric("omni2_process_resident_memory_bytes");
    const floods = Array.from({ length: 12 }, (_, at) =>
      send(gateway.url, { path: ENDPOINTS[at % 2] ?? "/mcp", flood: { bytes: HUNDRED_MB, chunked: at % 3 === 0 } }),
    );
    for (const { status } of await Promise.all(floods)) assert.equal(status, 413);
    assert.ok((await metric("omni2_process_resident_memory_bytes")) - before < 150 * 1024 * 1024);
  });

  test("the same process goes on serving", () => serves());

  test("all of it was written down, and nobody met a bug", async () => {
    assert.equal(await gateway.end("SIGTERM"), 0);
    const troubled = gateway.lines.filter(({ level }) => level === "error" || level === "warn");
    assert.deepEqual(
      troubled.map(({ msg }) => msg),
      [],
    );
  });
});
