// How does a fixture MCP server of ours get onto a loopback port or onto stdio, and when does its process end?
// It must never outlive the process that started it, and never listen on anything but loopback.
import { randomUUID } from "node:crypto";
import { fstatSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import { createMcpHandler, type EventStore, type McpServer, type ServerNotifier } from "@modelcontextprotocol/server";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";

/** Makes one server instance; `notify` publishes list changes where the transport has no connection of its own. */
export type CreateServer = (notify?: ServerNotifier) => McpServer;

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Serves the legacy era with sessions on `/mcp` and prints one line, `{"url": ...}`, when it is ready. */
export async function serveLegacyHttp(create: CreateServer, port: number): Promise<void> {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  await listen(port, async (request, response) => {
    const id = request.headers["mcp-session-id"];
    if (id === undefined) return (await openSession(create, sessions)).handleRequest(request, response);
    const session = sessions.get(String(id));
    if (session !== undefined) return session.handleRequest(request, response);
    answerError(response, 404, "Session not found");
  });
}

async function openSession(
  create: CreateServer,
  sessions: Map<string, NodeStreamableHTTPServerTransport>,
): Promise<NodeStreamableHTTPServerTransport> {
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: createEventStore(),
    retryInterval: 300,
    onsessioninitialized: (id) => {
      sessions.set(id, transport);
    },
    onsessionclosed: (id) => {
      sessions.delete(id);
    },
  });
  await create().connect(transport);
  return transport;
}

/** Serves the 2026-07-28 era only on `/mcp`; a legacy request is refused with the supported versions. */
export async function serveModernHttp(create: CreateServer, port: number): Promise<void> {
  const handler = createMcpHandler(() => create(handler.notify), { legacy: "reject" });
  const serve = toNodeHandler(handler);
  await listen(port, (request, response) => serve(request as Parameters<typeof serve>[0], response));
}

/** Serves the legacy era on stdin and stdout, as nearly all published servers do. */
export async function serveLegacyStdio(create: CreateServer): Promise<void> {
  await create().connect(new StdioServerTransport());
}

/** Serves the 2026-07-28 era only on stdin and stdout. */
export function serveModernStdio(create: CreateServer): void {
  serveStdio(() => create(), { legacy: "reject" });
}

/** The value of `--port N` in argv; 0 (any free port) without it. */
export function portOf(argv: readonly string[]): number {
  const at = argv.indexOf("--port");
  return at < 0 ? 0 : Number(argv[at + 1]);
}

async function listen(port: number, handler: Handler): Promise<void> {
  const hostAllowed = localhostHostValidation();
  const originAllowed = localhostOriginValidation();
  const server = createServer((request, response) => {
    if (!hostAllowed(request, response) || !originAllowed(request, response)) return;
    if (request.url?.split("?")[0] !== "/mcp") return answerError(response, 404, "The endpoint is /mcp");
    handler(request, response).catch(() => answerError(response, 500, "Internal error"));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  process.on("SIGTERM", () => process.exit(0));
  exitWithParent();
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` }));
}

/** A closed pipe on stdin means that the parent is gone; a terminal or /dev/null says nothing. */
function exitWithParent(): void {
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0));
  process.stdin.resume();
}

function answerError(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32001, message } }));
}

const MAX_EVENTS_PER_SESSION = 1000;

/** Keeps the newest events of one session, so that a dropped stream can be resumed by Last-Event-ID. */
function createEventStore(): EventStore {
  const events = new Map<string, { stream: string; message: Parameters<EventStore["storeEvent"]>[1] }>();
  let last = 0;
  return {
    async storeEvent(stream, message) {
      last += 1;
      events.set(String(last), { stream, message });
      events.delete(String(last - MAX_EVENTS_PER_SESSION));
      return String(last);
    },
    async getStreamIdForEventId(id) {
      return events.get(id)?.stream;
    },
    async replayEventsAfter(id, { send }) {
      const stream = events.get(id)?.stream ?? "";
      for (const [later, event] of events) {
        const isEmpty = Object.keys(event.message).length === 0;
        if (event.stream === stream && Number(later) > Number(id) && !isEmpty) await send(later, event.message);
      }
      return stream;
    },
  };
}
