// Who may listen to the live stream, and how many do? Host, Origin, credential and bounds are settled before the handshake of
// `/ws`, and before the first byte of `/api/live`.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { newSecret } from "#access/credentials.ts";
import type { Lease } from "#access/tickets.ts";
import { Fault } from "#contract/fault.ts";
import type { Cancel } from "#lib/world.ts";
import type { LiveSettings, PeopleDeps } from "./deps.ts";
import { answerOf } from "./fault-answer.ts";
import { refusedHandshake } from "./handshake.ts";
import { refuseRaw } from "./listener.ts";
import { cursorOf, eventTypesOf, type LiveConnection, type LiveDeps, type Visit } from "./live-connection.ts";
import { createLiveLimit } from "./live-limits.ts";
import { openLiveSocket } from "./live-socket.ts";
import { openLiveStream } from "./live-stream.ts";
import { DATA_HEADERS } from "./security-headers.ts";

type Deps = LiveDeps & Pick<PeopleDeps, "access" | "admission">;

export interface Sockets {
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Answers `GET /api/live`. */
  stream(req: IncomingMessage, res: ServerResponse): void;
  /** Ends the connections whose login has ended. */
  recheck(): void;
  /** Says goodbye to everybody and lets nobody in any more. */
  close(): void;
  /** Ends those that have not answered the goodbye. */
  terminate(): void;
}

const WS_OPTIONS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: 16 * 1024,
  maxFragments: 16,
  maxBufferedChunks: 1_024,
  closeTimeout: 5_000,
  // Answered by ourselves, so that a flood of pings from a client that does not read cannot pile up answers.
  autoPong: false,
  // None is spoken, so none of those offered is agreed to.
  handleProtocols: (): false => false,
} as const;
/** How soon an ended login ends its connections, in milliseconds. */
const RECHECK_MS = 500;

/** The doors of `/ws` and `/api/live`; every other upgrade is answered with 404. */
export function createSockets(deps: Deps, settings: LiveSettings): Sockets {
  const { access, admission, world } = deps;
  const server = new WebSocketServer(WS_OPTIONS);
  const open = new Map<LiveConnection, Visit>();
  const limit = createLiveLimit(settings, world);
  let closing = false;

  const visit = (req: IncomingMessage, lease: Lease | Fault, query: URLSearchParams): Visit | Fault => {
    if (closing) return new Fault("DRAINING", "The gateway is stopping; connect again soon.", { retryAfterMs: 5_000 });
    if (lease instanceof Fault) return lease;
    const refused = admission.refusal("dashboard");
    if (refused !== undefined) return refused;
    const address = req.socket.remoteAddress ?? "unknown";
    const one = { lease, address, cursor: cursorOf(query, req.headers), eventTypes: eventTypesOf(query) };
    return limit(open, one) ?? one;
  };
  const welcome = (ws: WebSocket, one: Visit): void => {
    const live = openLiveSocket(ws, deps, one);
    open.set(live, one);
    ws.once("close", () => open.delete(live));
  };
  const recheck = (): void => {
    for (const live of open.keys()) live.recheck();
  };
  const stopRechecks = every(world, recheck);

  return {
    upgrade(req, socket, head) {
      const [path, query] = addressed(req);
      const rejected = access.checkHostAndOrigin(req);
      if (rejected !== undefined) return refuseRaw(socket, ...refusal(rejected));
      if (path !== "/ws") return refuseRaw(socket, 404);
      const odd = refusedHandshake(req);
      if (odd !== undefined) return refuseRaw(socket, odd.status, odd);
      const one = visit(req, access.upgradeLease(req, query.get("ticket")), query);
      if (one instanceof Fault) refuseRaw(socket, ...refusal(one));
      else server.handleUpgrade(req, socket, head, (ws) => welcome(ws, one));
    },
    stream(req, res) {
      const [, query] = addressed(req);
      const rejected = access.checkHostAndOrigin(req);
      const one = rejected ?? visit(req, access.upgradeLease(asPage(req), query.get("ticket")), query);
      if (one instanceof Fault) return refuse(res, one);
      const live = openLiveStream(res, deps, one);
      open.set(live, one);
      res.once("close", () => open.delete(live));
    },
    recheck,
    close() {
      closing = true;
      stopRechecks();
      for (const live of open.keys()) live.goodbye();
    },
    terminate() {
      for (const live of open.keys()) live.terminate();
    },
  };
}

function addressed({ url = "" }: IncomingMessage): [path: string, query: URLSearchParams] {
  const [path = "", query = ""] = url.split("?", 2);
  return [path, new URLSearchParams(query)];
}

// Another site can open a socket with our cookie, and so must a page say where it comes from. An answer of ours it cannot
// read, and browsers do not say where a plain GET of our own page comes from.
const asPage = ({ headers, method, socket }: IncomingMessage): Parameters<PeopleDeps["access"]["upgradeLease"]>[0] => ({
  headers: { origin: headers.host, ...headers },
  ...(method === undefined ? {} : { method }),
  socket,
});

function refusal(fault: Fault): [status: number, answer: { body: string }] {
  const { status, body } = answerOf(fault, newSecret().slice(0, 22));
  return [status, { body: JSON.stringify(body) }];
}

function refuse(res: ServerResponse, fault: Fault): void {
  const { status, headers, body } = answerOf(fault, newSecret().slice(0, 22));
  res.writeHead(status, { ...DATA_HEADERS, ...headers, "content-type": "application/json; charset=utf-8" });
  res.end(JSON.stringify(body));
}

function every({ after }: PeopleDeps["world"], fn: () => void): Cancel {
  const turn = (): void => {
    cancel = after(RECHECK_MS, turn);
    fn();
  };
  let cancel: Cancel = after(RECHECK_MS, turn);
  return () => cancel();
}
