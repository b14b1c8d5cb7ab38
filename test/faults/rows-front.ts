// Which faults do clients have? Slow ones, lying ones, greedy ones, and those that leave or never read.
import assert from "node:assert/strict";
import { until } from "../kit.ts";
import { modern, type Sending, send } from "../raw.ts";
import { exchangeRaw, openRaw } from "./raw-socket.ts";
import { type Proof, proofs, type Row } from "./row.ts";
import type { Stage } from "./stage.ts";
import { Subject } from "./subject.ts";

/** Headers of an ordinary request, up to those that frame its body. */
const headTo = (url: string): string =>
  `Host: ${new URL(url).host}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n`;

const HEADERS_LIMIT_MS = 10_000 + 4_000;
const BODY_LIMIT_MS = 30_000 + 6_000;

/** A request whose headers, and one whose body, never end. */
async function slowLoris({ gateway }: Stage): Promise<void> {
  const [headers, body] = await Promise.all([openRaw(gateway.url), openRaw(gateway.url)]);
  headers.socket.write(`POST /mcp HTTP/1.1\r\n${headTo(gateway.url)}`);
  body.socket.write(`POST /mcp HTTP/1.1\r\n${headTo(gateway.url)}Content-Length: 1000\r\n\r\n{`);
  const drip = setInterval(() => {
    if (!headers.heard().closed) headers.socket.write("x-a: b\r\n");
    if (!body.heard().closed) body.socket.write(" ");
  }, 1_000);
  try {
    await until("slow headers are cut off", () => headers.heard().closed, HEADERS_LIMIT_MS);
    await until("a slow body is cut off", () => body.heard().closed, BODY_LIMIT_MS);
  } finally {
    clearInterval(drip);
    headers.socket.destroy();
    body.socket.destroy();
  }
}

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

/** Requests that two parsers may understand differently, each followed by one that must never be seen. */
const AMBIGUOUS: readonly (readonly [title: string, framing: string])[] = [
  ["two lengths", `Content-Length: 0\r\nContent-Length: ${PING.length}\r\n`],
  ["a length that is a list", `Content-Length: 0, ${PING.length}\r\n`],
  ["a length and chunks", `Content-Length: ${PING.length}\r\nTransfer-Encoding: chunked\r\n`],
  ["an unknown encoding", "Transfer-Encoding: xchunked\r\n"],
  ["two encodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"],
  ["a space before the colon", `Content-Length : ${PING.length}\r\n`],
  ["a bare CR", `X-A: b\rContent-Length: ${PING.length}\r\n`],
  ["a NUL", "X-A: b\0c\r\n"],
  ["a folded line", `X-A: b\r\n Content-Length: ${PING.length}\r\n`],
  ["a negative length", "Content-Length: -1\r\n"],
];

async function ambiguousFraming({ gateway }: Stage): Promise<void> {
  const head = headTo(gateway.url);
  const second = `POST /mcp HTTP/1.1\r\n${head}X-Smuggled: 1\r\nContent-Length: ${PING.length}\r\n\r\n${PING}`;
  for (const [title, framing] of AMBIGUOUS) {
    const { statuses, closed, text } = await exchangeRaw(
      gateway.url,
      `POST /mcp HTTP/1.1\r\n${head}${framing}\r\n${second}`,
    );
    assert.deepEqual(statuses, [400], `${title}: ${text.slice(0, 200)}`);
    assert.ok(closed, `${title}: the connection ends with it`);
  }
  const extension = `1;${"a".repeat(100_000)}\r\n{\r\n0\r\n\r\n`;
  const chunked = `POST /mcp HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${extension}`;
  const { statuses } = await exchangeRaw(gateway.url, chunked);
  assert.ok(statuses.length <= 1 && statuses.every((status) => status === 413 || status === 400), String(statuses));
}

const TARGETS = [
  "//",
  "//evil.example/mcp",
  "/%",
  "/%zz",
  "/%00",
  "/%c0%ae%c0%ae/",
  "/..%2f..%2fetc/passwd",
  "/mcp%2fecho",
  "/mcp/%2e%2e/%2e%2e",
  "/api/servers/%ff",
  "/api/servers/..",
  "/?%",
  "/#",
  "*",
  "http://localhost/livez/no",
  "http://[::1",
  `/${"a".repeat(8_000)}`,
];

async function malformedTargets({ gateway }: Stage): Promise<void> {
  for (const method of ["GET", "POST"]) {
    for (const target of TARGETS) {
      const { statuses } = await exchangeRaw(gateway.url, `${method} ${target} HTTP/1.1\r\n${headTo(gateway.url)}\r\n`);
      const [status = 0] = statuses;
      const page = method === "GET" && status === 200;
      assert.ok(page || (status >= 400 && status < 500), `${method} ${target.slice(0, 60)}: ${statuses}`);
    }
  }
}

type Malformed = readonly [title: string, body: string, code: number];

const MALFORMED: readonly Malformed[] = [
  ["a batch", `[${PING}]`, -32600],
  ["an empty batch", "[]", -32600],
  ["no method", '{"jsonrpc":"2.0","id":1}', -32600],
  ["a method that is no text", '{"jsonrpc":"2.0","id":1,"method":7}', -32600],
  ["params that are a text", '{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}', -32600],
  ["another version", '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
  ["an answer with both", '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}', -32600],
  ["a number", "42", -32600],
  ["a text after it", `${PING} x`, -32700],
  ["two messages", `${PING}${PING}`, -32700],
  ["half a message", PING.slice(0, 20), -32700],
];

async function malformedMessages({ gateway }: Stage): Promise<void> {
  for (const [title, body, code] of MALFORMED) {
    const { status, json, text } = await send(gateway.url, { path: "/mcp", body });
    assert.equal(status, 400, `${title}: ${text}`);
    assert.equal(json?.error?.code, code, `${title}: ${text}`);
  }
}

const CALL = { id: 1, method: "tools/call", params: { name: "well-http__echo", arguments: { message: "x" } } };

/** Headers of the modern era that contradict the body. */
const CONTRADICTIONS: readonly (readonly [title: string, headers: Record<string, string>])[] = [
  ["the method", { "mcp-method": "tools/list" }],
  ["the name", { "mcp-name": "well-stdio__echo" }],
  ["a name that is no base64", { "mcp-name": "=?base64?%%%?=" }],
  ["no method", { "mcp-method": "" }],
  ["no name", { "mcp-name": "" }],
];

async function contradictingHeaders({ gateway, caller }: Stage): Promise<void> {
  const sound = modern("/mcp", CALL);
  assert.equal((await send(gateway.url, sound)).status, 200);
  caller.countExtra("well-http");
  for (const [title, headers] of CONTRADICTIONS) {
    const sending: Sending = { ...sound, headers: { ...sound.headers, ...headers } };
    const { status, json, text } = await send(gateway.url, sending);
    assert.equal(status, 400, `${title}: ${text}`);
    assert.equal(json?.error?.code, -32020, `${title}: ${text}`);
  }
}

/** Five megabytes a second for ten seconds. */
const FLOOD = { do: "logs", count: 5_000, bytes: 10_000, portion: 10, pauseMs: 20, stays: true };

/** A client that is told megabytes and reads none of it. */
async function neverReads(stage: Stage): Promise<void> {
  const subject = await new Subject(stage, { name: "f33-reader", transport: "modern" }).add({
    entry: { timeoutMs: 60_000 },
  });
  try {
    const _meta = { "io.modelcontextprotocol/logLevel": "info" };
    const params = { name: `${subject.name}__behave`, arguments: FLOOD, _meta };
    const { headers = {}, body = "" } = modern("/mcp", { id: 1, method: "tools/call", params });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const { socket, heard } = await openRaw(stage.gateway.url);
    socket.pause();
    const head = `${headTo(stage.gateway.url)}${lines.join("")}Content-Length: ${body.length}\r\n`;
    socket.write(`POST /mcp HTTP/1.1\r\n${head}\r\n${body}`);
    await until("its call is given up at the server", () => stage.folder.cancelled(subject.name) > 0, 20_000);
    await subject.assertServes();
    socket.resume();
    await until("its connection is ended", () => heard().closed, 5_000);
  } finally {
    await subject.remove();
  }
}

const BAD_INPUT = "test/bad-input.test.ts";
const DISCONNECTS: readonly Proof[] = proofs("test/recovery-calls.test.ts", [
  "is cancelled at the server when a modern client closes the request",
  "is cancelled at the server when a legacy client says so",
]);

export const FRONT_ROWS: readonly Row[] = [
  {
    id: "F27",
    fault: "a client sends its headers or its body a byte at a time",
    expected: "Headers are given ten seconds, a body thirty; then the connection is cut.",
    gateway: slowLoris,
    takesLong: true,
  },
  {
    id: "F28",
    fault: "headers are huge or many, or frame the message in two ways at once",
    expected: "They are refused, the connection ends, and what follows on it is never taken for a request.",
    gateway: ambiguousFraming,
    proofs: proofs(BAD_INPUT, ["headers of 64 KB, and more than a hundred of them"]),
  },
  {
    id: "F29",
    fault: "a request's target is malformed",
    expected: "It is answered with a refusal, never with a failure of ours.",
    gateway: malformedTargets,
  },
  {
    id: "F30",
    fault: "a message is a batch, lacks its method, or has something after it",
    expected: "It is refused with the code for what is wrong with it.",
    gateway: malformedMessages,
    proofs: proofs(BAD_INPUT, ["a batch", "two objects"]),
  },
  {
    id: "F31",
    fault: "headers of the modern era contradict the body",
    expected: "The request is refused as a header mismatch.",
    gateway: contradictingHeaders,
  },
  {
    id: "F32",
    fault: "a client goes away in the middle of its call",
    expected: "A modern client's call is cancelled at the server; a legacy client's goes on until it says so.",
    proofs: DISCONNECTS,
  },
  {
    id: "F33",
    fault: "a client never reads its stream",
    expected: "At most a mebibyte waits for it, then its connection is cut and its call given up; nobody else notices.",
    gateway: neverReads,
  },
];
