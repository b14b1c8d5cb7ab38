// The benchmark's MCP server over HTTP: legacy era on bare node:http, `--count N` of them in one process.
// Each listens on its own free port; replies are application/json and depend on the arguments.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";
import { announce, listen } from "./announce.ts";
import { answer, errorReply, type RpcMessage } from "./answers.ts";
import { readBody } from "./body.ts";

const MAX_SESSIONS = 4_096;

type Sessions = Set<string>;

export function createUpstream(): Server {
  const sessions: Sessions = new Set();
  return createServer((request, response) => {
    if (request.method === "POST") readBody(request, (body) => post(sessions, body, { request, response }));
    else if (request.method === "DELETE") {
      const known = sessions.delete(String(request.headers["mcp-session-id"]));
      response.writeHead(known ? 204 : 404).end();
    } else response.writeHead(405, { allow: "POST, DELETE" }).end();
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function post(sessions: Sessions, body: Buffer, { request, response }: Exchange): void {
  const message = parseMessage(body);
  if (message === undefined) {
    send(response, 400, errorReply("null", -32_700, "Parse error"));
    return;
  }
  const refused = refusalOf(message, request.headers["mcp-session-id"], sessions);
  if (refused !== undefined) {
    send(response, refused.status, refused.body);
    return;
  }
  if (message.method === "initialize") response.setHeader("mcp-session-id", openSession(sessions));
  const reply = answer(message);
  if (reply === undefined) response.writeHead(202).end();
  else send(response, 200, reply);
}

interface Refusal {
  readonly status: number;
  readonly body: Buffer;
}

function refusalOf(message: RpcMessage, session: unknown, sessions: Sessions): Refusal | undefined {
  if (message.method === "initialize" || sessions.has(session as string)) return undefined;
  const id = JSON.stringify(message.id ?? null);
  return session === undefined
    ? { status: 400, body: errorReply(id, -32_000, "Bad Request: no session") }
    : { status: 404, body: errorReply(id, -32_001, "Session not found") };
}

function parseMessage(body: Buffer): RpcMessage | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return value !== null && typeof value === "object" ? (value as RpcMessage) : undefined;
  } catch {
    return undefined;
  }
}

function openSession(sessions: Sessions): string {
  const oldest = sessions.values().next();
  if (sessions.size >= MAX_SESSIONS && !oldest.done) sessions.delete(oldest.value);
  const id = randomUUID();
  sessions.add(id);
  return id;
}

function send(response: ServerResponse, status: number, body: Buffer): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length }).end(body);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { count: { type: "string", default: "1" } } });
  const count = Math.min(100, Math.max(1, Number(values.count) || 1));
  announce(await Promise.all(Array.from({ length: count }, () => listen(createUpstream()))));
}
