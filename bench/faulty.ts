// The one bad server among the neighbours: the benchmark's MCP server until it is told over IPC to misbehave in one way,
// which then holds for every request and connection. Each change of ways ends all its connections, as a restart would.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { announce, listen } from "./announce.ts";
import { readBody } from "./body.ts";
import { createUpstream } from "./upstream.ts";

export const FAULTS = ["hangs", "slow", "errors", "resets", "garbage", "huge", "refuses", "flaps"] as const;
export type Way = "serves" | (typeof FAULTS)[number];

/** What the parent sends; the same comes back when it holds. */
export interface WayMessage {
  readonly way: Way;
}

const SLOW_MS = 2_000;
const FLAP_MS = 300;
/** Twice what OMNI2 reads of one message. */
const HUGE_BYTES = 8 * 1024 * 1024;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const honest = createUpstream();
const serve: Handler = (request, response) => void honest.emit("request", request, response);
const hugeText = Buffer.alloc(HUGE_BYTES, "x");

const HANDLERS: Readonly<Record<Way, Handler>> = {
  serves: serve,
  hangs: (request) => void request.resume(),
  slow: (request, response) => void setTimeout(serve, SLOW_MS, request, response),
  errors: (request, response) => readBody(request, () => response.writeHead(500).end("out of order")),
  resets: (request) => void request.socket.resetAndDestroy(),
  garbage: (request, response) => readBody(request, () => answerWith(response, Buffer.from('{"jsonrpc":"2.0","id":'))),
  huge: (request, response) =>
    readBody(request, (body) => {
      const { id = null } = JSON.parse(body.toString() || "{}") as { id?: unknown };
      const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[{"type":"text","text":"`;
      answerWith(response, Buffer.concat([Buffer.from(head), hugeText, Buffer.from('"}]}}')]));
    }),
  refuses: serve,
  flaps: serve,
};

function answerWith(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
}

function obey(server: Server): void {
  const { port } = server.address() as AddressInfo;
  let way: Way = "serves";
  let flapping: NodeJS.Timeout | undefined;
  const open = async (isOpen: boolean): Promise<void> => {
    server.closeAllConnections();
    if (isOpen === server.listening) return;
    if (isOpen) await once(server.listen(port, "127.0.0.1"), "listening");
    else server.close();
  };
  server.on("request", (request, response) => HANDLERS[way](request, response));
  process.on("message", async (message: WayMessage) => {
    way = message.way;
    clearInterval(flapping);
    await open(way !== "refuses");
    if (way === "flaps") flapping = setInterval(() => void open(!server.listening), FLAP_MS);
    process.send?.(message);
  });
}

if (import.meta.main) {
  const server = createServer();
  const url = await listen(server);
  obey(server);
  announce([url]);
}
