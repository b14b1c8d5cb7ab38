// How do tests come in with a key: over REST, over MCP in both eras, and on the live stream in every way there is?
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import type { KeyCreated, Role } from "../src/contract/access.ts";
import type { TestGateway } from "./kit.ts";
import { openLiveSocket } from "./live-socket.ts";
import { JSON_TYPES, modern, type Received, send } from "./raw.ts";

export type Headers = Readonly<Record<string, string>>;

export const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` });

/** Made with the admin token. */
export async function createKey(gateway: TestGateway, name: string, role: Role = "operator"): Promise<KeyCreated> {
  const { status, body } = await gateway.api("POST", "/api/keys", { name, role });
  assert.equal(status, 201, JSON.stringify(body));
  return body as KeyCreated;
}

export const get = (gateway: TestGateway, path: string, headers: Headers = {}): Promise<Received> =>
  send(gateway.url, { method: "GET", path, headers });

export async function logIn(gateway: TestGateway, secret: string): Promise<Headers> {
  const sent = { path: "/api/login", headers: JSON_TYPES, body: JSON.stringify({ token: secret }) };
  const { status, headers } = await send(gateway.url, sent);
  assert.equal(status, 204);
  return { cookie: String(headers["set-cookie"]?.[0]).split(";")[0] as string };
}

export async function ticketOf(gateway: TestGateway, headers: Headers): Promise<string> {
  const { json } = await send(gateway.url, { path: "/api/tickets", headers });
  return (json as { ticket: string }).ticket;
}

export interface Open {
  /** Performance time at which the gateway ended it, and the code it gave; null over server-sent events. */
  readonly ended: Promise<{ at: number; code: number | null }>;
}

/** Resolves with the first frame. */
export async function openSocket(gateway: TestGateway, headers: Headers, query = ""): Promise<Open> {
  const first = Promise.withResolvers<unknown>();
  const ws = await openLiveSocket({ url: gateway.url, headers, query, onMessage: first.resolve });
  const ended = new Promise<{ at: number; code: number | null }>((done) =>
    ws.on("close", (code) => done({ at: performance.now(), code })),
  );
  await first.promise;
  return { ended };
}

/** The same over server-sent events. */
export async function openEvents(gateway: TestGateway, headers: Headers, query = ""): Promise<Open> {
  const response = await fetch(`${gateway.url}/api/live${query}`, { headers });
  assert.equal(response.status, 200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  assert.equal((await reader.read()).done, false);
  const drain = async (): Promise<{ at: number; code: null }> => {
    while (!(await reader.read()).done);
    return { at: performance.now(), code: null };
  };
  return { ended: drain() };
}

/** HTTP status of the two doors of the live stream. */
export async function doors(gateway: TestGateway, headers: Headers, query = ""): Promise<number[]> {
  const ws = new WebSocket(`${gateway.url.replace("http", "ws")}/ws${query}`, { headers });
  ws.on("error", () => {});
  const socket = await new Promise<number>((done) => {
    ws.once("open", () => done(101));
    ws.once("unexpected-response", (_request, response) => done(response.statusCode ?? 0));
  });
  ws.terminate();
  return [socket, (await get(gateway, `/api/live${query}`, headers)).status];
}

export interface Called {
  readonly status: number;
  readonly text: string | undefined;
  readonly disposition: string | undefined;
}

/** Calls a tool of the server on the aggregate endpoint; with a session in the legacy era, else in the modern one. */
export async function callTool(gateway: TestGateway, name: string, headers: Headers = {}): Promise<Called> {
  const params = { name, arguments: {} };
  const isLegacy = "mcp-session-id" in headers;
  const sent = isLegacy
    ? { path: "/mcp", headers: {}, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }) }
    : modern("/mcp", { id: 1, method: "tools/call", params });
  const { status, json } = await send(gateway.url, { ...sent, headers: { ...sent.headers, ...headers } });
  const meta = json?.result?._meta?.["omni2/cache"];
  return { status, text: json?.result?.content?.[0]?.text ?? json?.error?.message, disposition: meta?.disposition };
}

/** Headers of a new legacy session, which also carry the key. */
export async function openMcpSession(gateway: TestGateway, headers: Headers): Promise<Headers> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params });
  const { status, headers: answered } = await send(gateway.url, { path: "/mcp", headers, body });
  assert.equal(status, 200);
  return { ...headers, "mcp-session-id": String(answered["mcp-session-id"]), "mcp-protocol-version": "2025-11-25" };
}
