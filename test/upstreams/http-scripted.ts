// What can an HTTP server do wrong? A bare node:http server whose every answer a test writes itself, and which keeps what it saw.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The parsed body; undefined when it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages freely
  readonly message: any;
}

export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
}

export type Answer = (request: SeenRequest, response: ServerResponse) => unknown;

/** Opens a server on a free loopback port that answers every request with `answer`. */
export async function openScriptedServer(answer: Answer, port = 0): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const { method = "", url = "", headers } = request;
    const entry = { method, url, headers, body, message: parse(body) };
    seen.push(entry);
    await answer(entry, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}/mcp`,
    port: bound,
    seen,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

interface JsonHead {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

export function json(response: ServerResponse, value: unknown, head: JsonHead | number = 200): void {
  const { status, headers } = typeof head === "number" ? { status: head } : head;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
}

export const result = (id: unknown, value: unknown = { content: [] }) => ({ jsonrpc: "2.0", id, result: value });

/** Opens an event stream; write events with `sse`. */
export function openStream(response: ServerResponse, headers: Record<string, string> = {}): ServerResponse {
  response.writeHead(200, { "content-type": "text/event-stream", ...headers });
  response.flushHeaders();
  return response;
}

export const sse = (message: unknown, id?: string): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: message\ndata: ${JSON.stringify(message)}\n\n`;

/** Answers a legacy handshake (initialize, initialized, no GET stream); everything else goes to `answer`. */
export const legacy =
  (answer: Answer, options: { session?: string } = {}): Answer =>
  (request, response) => {
    const { method, id } = request.message ?? {};
    if (method === "server/discover") json(response, { jsonrpc: "2.0", id, error: { code: -32601, message: "no" } });
    else if (method === "initialize") {
      const headers = options.session === undefined ? {} : { "mcp-session-id": options.session };
      const info = {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "s", version: "1" },
      };
      json(response, result(id, info), { status: 200, headers });
    } else if (method === "notifications/initialized") response.writeHead(202).end();
    else if (request.method === "DELETE") response.writeHead(200).end();
    else return answer(request, response);
  };
