// What can a server do wrong over HTTP? Streamable HTTP with sessions and in the modern era, and HTTP+SSE, framed by hand on
// node:http. One process is as many servers as there are first parts of a path.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { act, type Wire } from "./faulty-acts.ts";
import { eventOf, httpActs, pourInto, resetSocket } from "./faulty-http-acts.ts";
import { type Mode, modeOf, noteCancelled, noteSeen } from "./faulty-modes.ts";
import { answerOf, type Era, isRequest, type Json, type Message, type Request } from "./faulty-words.ts";

interface Session {
  readonly id: string;
  readonly server: string;
  /** The stream of HTTP+SSE, or the GET stream of a Streamable HTTP session. */
  stream: ServerResponse | undefined;
}

/** One HTTP request to one of the servers. */
interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: string;
  readonly face: string;
  readonly mode: Mode;
  readonly folder: string;
}

const sessions = new Map<string, Session>();
/** Servers that were told to forget and have done so. */
const forgetful = new Set<string>();
const EVENTS = { "content-type": "text/event-stream" };

export async function serveFaultyHttp({ folder, port }: { folder: string; port: number }): Promise<void> {
  const server = createServer((request, response) => {
    visit(request, response, folder).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  process.stdin.on("end", () => process.exit(0)).resume();
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
}

async function visit(request: IncomingMessage, response: ServerResponse, folder: string): Promise<void> {
  const [, server = "", face = ""] = (request.url ?? "").split(/[/?]/);
  const mode = modeOf(folder, server);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const here: Visit = { request, response, server, face, mode, folder };
  forgetIfTold(here);
  if (misbehaves(here)) return;
  if (request.method === "GET") return openStream(here);
  if (request.method === "DELETE") return endSession(here);
  receive(here, JSON.parse(Buffer.concat(chunks).toString("utf8")) as Message);
}

function forgetIfTold({ server, mode }: Visit): void {
  if (mode.name !== "forget") return void forgetful.delete(server);
  if (forgetful.has(server)) return;
  forgetful.add(server);
  for (const session of sessions.values()) if (session.server === server) drop(session);
}

function drop(session: Session): void {
  sessions.delete(session.id);
  session.stream?.end();
}

/** What the mode makes of every request alike. Answers whether it did. */
function misbehaves({ response, mode }: Visit): boolean {
  const [first = "", ...rest] = mode.argument.split(" ");
  if (mode.name === "hang") return true;
  if (mode.name === "reset") resetSocket(response);
  else if (mode.name === "garbage") response.writeHead(200, { "content-type": "application/json" }).end("no JSON");
  else if (mode.name === "html") response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>");
  else if (mode.name !== "status") return false;
  else response.writeHead(Number(first), rest.length === 0 ? {} : { "retry-after": rest[0] }).end();
  return true;
}

const sessionOf = ({ request }: Visit): Session | undefined => {
  const { searchParams } = new URL(request.url ?? "", "http://localhost");
  return sessions.get(String(request.headers["mcp-session-id"] ?? searchParams.get("session")));
};

function newSession(server: string, stream?: ServerResponse): Session {
  const session: Session = { id: randomUUID(), server, stream };
  sessions.set(session.id, session);
  return session;
}

function openStream(here: Visit): void {
  const { response, server, face } = here;
  if (face === "modern") return void response.writeHead(405).end();
  const session = face === "sse" ? newSession(server, response) : sessionOf(here);
  if (session === undefined) return void response.writeHead(404).end();
  response.writeHead(200, EVENTS).flushHeaders();
  session.stream = response;
  if (face !== "sse") return;
  response.write(`event: endpoint\ndata: /${server}/post?session=${session.id}\n\n`);
  response.on("close", () => sessions.delete(session.id));
}

function endSession(here: Visit): void {
  const session = sessionOf(here);
  if (session !== undefined) drop(session);
  here.response.writeHead(200).end();
}

const eraOf = ({ face, mode }: Visit): Era => {
  if (mode.name === "era") return mode.argument as Era;
  return face === "modern" ? "modern" : "legacy";
};

function receive(here: Visit, message: Message): void {
  const { response, server, folder, mode, face } = here;
  if (message.method !== undefined) noteSeen(folder, server, message.method);
  if (message.method === "notifications/cancelled") noteCancelled(folder, server);
  const sessionless = eraOf(here) === "modern" || message.method === "initialize";
  const session = sessionOf(here);
  const unknown = session === undefined && (face === "post" || !sessionless);
  if (unknown && message.method !== "server/discover") return void response.writeHead(404).end();
  if (!isRequest(message)) return void response.writeHead(202).end();
  const over = face === "post" ? session?.stream : undefined;
  if (over !== undefined) response.writeHead(202).end();
  const answer = answerOf(message, {
    era: eraOf(here),
    lie: mode.name === "lie" ? mode.argument : undefined,
    extraTool: mode.name === "tool" ? mode.argument : undefined,
  });
  const wire = over === undefined ? responseWire(here, message) : streamWire(over, message);
  if (answer !== undefined) return wire.answer(answer);
  if (message.method === "subscriptions/listen") return listen(response, message);
  const own = over === undefined ? httpActs(response) : {};
  if (mode.name === "slow") setTimeout(() => act(wire, folder, own), Number(mode.argument));
  else act(wire, folder, own);
}

/** A modern subscription: acknowledged, and kept open. */
function listen(response: ServerResponse, { id, params = {} }: Request): void {
  const _meta = { "io.modelcontextprotocol/subscriptionId": id };
  const acknowledged = { notifications: params.notifications, _meta };
  response.writeHead(200, EVENTS);
  const method = "notifications/subscriptions/acknowledged";
  response.write(eventOf({ jsonrpc: "2.0", method, params: acknowledged }));
}

/** A call that is answered in the response of its own POST. */
function responseWire(here: Visit, { id, params = {}, method }: Request): Wire {
  const { response, server, folder } = here;
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (method === "initialize" && eraOf(here) === "legacy") headers["mcp-session-id"] = newSession(server).id;
  if (method === "tools/call" && eraOf(here) === "modern") {
    response.on("close", () => void (response.writableFinished || noteCancelled(folder, server)));
  }
  const streaming = (): boolean => response.headersSent;
  return {
    id,
    params,
    say(message) {
      if (!streaming()) response.writeHead(200, EVENTS);
      response.write(eventOf(message));
    },
    answer(message) {
      if (streaming()) response.end(eventOf(message));
      else response.writeHead(isError(message) ? 400 : 200, headers).end(JSON.stringify(message));
    },
    answerText: (text) => void response.writeHead(200, headers).end(text),
    flood() {
      response.writeHead(200, headers);
      pourInto(response);
    },
    cut: () => resetSocket(response),
    halves(text, pauseMs) {
      const middle = text.length >> 1;
      response.writeHead(200, headers).write(text.slice(0, middle));
      setTimeout(() => response.end(text.slice(middle)), pauseMs);
    },
  };
}

/** The revision asks for 400 where a version is not served; every other error travels with 200. */
const isError = (message: Json): boolean => (message.error as Json | undefined)?.code === -32022;

/** A call that is answered on the session's one stream. */
function streamWire(stream: ServerResponse, { id, params = {} }: Request): Wire {
  const write = (message: Json): void => void stream.write(eventOf(message));
  return {
    id,
    params,
    say: write,
    answer: write,
    answerText: (text) => void stream.write(`data: ${text.replaceAll("\n", " ")}\n\n`),
    flood() {
      stream.write("data: ");
      pourInto(stream);
    },
    cut: () => resetSocket(stream),
    halves(text, pauseMs) {
      const middle = text.length >> 1;
      stream.write(`data: ${text.slice(0, middle)}`);
      setTimeout(() => stream.write(`${text.slice(middle)}\n\n`), pauseMs);
    },
  };
}
