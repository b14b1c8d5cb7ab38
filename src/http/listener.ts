// Which limits guard the one HTTP listener, and where does each request go? MCP first, upgrades apart, people's routes last.
// Nothing here reads a body.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";

const MAX_HEADERS = 100;

/** Where requests and upgrades go. */
export interface Destinations {
  readonly front: RequestListener;
  readonly people: RequestListener;
  /** Answers with a stream that does not end. */
  readonly live: RequestListener;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Whether connections may stay open after their answer. */
  keepsAlive(): boolean;
}

/** Answers a raw connection with a status and ends it. A body is JSON; `header` is one more line, without its end. */
export function refuseRaw(socket: Duplex, status: number, { body = "", header = "" } = {}): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  // The peer may be gone already; nobody is left to tell.
  socket.on("error", () => {});
  const type = body === "" ? "" : "Content-Type: application/json\r\n";
  const more = header === "" ? "" : `${header}\r\n`;
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n${more}${type}`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => socket.destroy());
}

function refuse(res: ServerResponse, status: number): void {
  res.writeHead(status, { connection: "close", "content-length": 0 }).end();
}

/** Whether a request target belongs to the MCP endpoints. */
export const isMcp = (url: string): boolean =>
  url.startsWith("/mcp") && (url.length === 4 || url[4] === "/" || url[4] === "?");

/** Whether a request asks for the live stream as server-sent events. */
const isLive = ({ method, url = "" }: IncomingMessage): boolean => method === "GET" && /^\/api\/live(?:\?|$)/.test(url);

// Names and values alternate. A Node that drops headers above the limit could have dropped the one that matters.
const hasTooManyHeaders = ({ rawHeaders }: IncomingMessage): boolean => rawHeaders.length > 2 * MAX_HEADERS;

const CLIENT_ERROR_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET") socket.destroy();
  else refuseRaw(socket, CLIENT_ERROR_STATUS[error.code ?? ""] ?? 400);
}

/** A listener that is not listening yet. Long answers are allowed; slow or oversized requests are not. */
export function createListener(to: Destinations): Server {
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: 2_000,
      noDelay: true,
      // Some clients offer HTTP/2 by upgrade on ordinary requests; those are answered as they are.
      shouldUpgradeCallback: (req) => req.headers.upgrade?.toLowerCase() === "websocket",
    },
    (req, res) => {
      const url = req.url ?? "";
      if (!to.keepsAlive()) res.shouldKeepAlive = false;
      if (hasTooManyHeaders(req)) refuse(res, 431);
      else if (isMcp(url)) to.front(req, res);
      else if (isLive(req)) to.live(req, res);
      else if (url.startsWith("/")) to.people(req, res);
      else refuse(res, 400);
    },
  );
  server.maxHeadersCount = MAX_HEADERS;
  server.on("clientError", onClientError);
  server.on("upgrade", (req, socket, head) => {
    if (hasTooManyHeaders(req)) refuseRaw(socket, 431);
    else to.upgrade(req, socket, head);
  });
  return server;
}
