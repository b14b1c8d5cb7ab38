// Who may open `/ws`, and how many sockets are there? Host, Origin, credential and bounds are settled before the handshake.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { newSecret } from "#access/credentials.ts";
import { isLoopback } from "#access/guard.ts";
import type { Lease } from "#access/tickets.ts";
import { Fault } from "#contract/fault.ts";
import type { LiveSettings, PeopleDeps } from "./deps.ts";
import { answerOf } from "./fault-answer.ts";
import { refuseRaw } from "./listener.ts";
import { type LiveSocket, openLiveSocket } from "./live-socket.ts";

type Deps = Pick<PeopleDeps, "access" | "admission" | "broadcaster" | "world" | "log">;

export interface Sockets {
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes the sockets whose login has ended. */
  recheck(): void;
  /** Says goodbye to every socket and accepts none any more. */
  close(): void;
  /** Ends those that have not answered the goodbye. */
  terminate(): void;
}

interface Owner {
  readonly lease: Lease;
  readonly address: string;
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
} as const;

/** The door of `/ws`; every other upgrade is answered with 404. */
export function createSockets(deps: Deps, settings: LiveSettings): Sockets {
  const server = new WebSocketServer(WS_OPTIONS);
  const open = new Map<LiveSocket, Owner>();
  let closing = false;

  const accept = (req: IncomingMessage): Owner | Fault | "elsewhere" => {
    const [path, query = ""] = (req.url ?? "").split("?", 2);
    const rejected = deps.access.checkHostAndOrigin(req);
    if (rejected !== undefined) return rejected;
    if (path !== "/ws") return "elsewhere";
    if (closing) return new Fault("DRAINING", "The gateway is stopping; connect again soon.", { retryAfterMs: 5_000 });
    const lease = deps.access.upgradeLease(req, new URLSearchParams(query).get("ticket"));
    if (lease instanceof Fault) return lease;
    const refused = deps.admission.refusal("dashboard");
    if (refused !== undefined) return refused;
    const owner = { lease, address: req.socket.remoteAddress ?? "unknown" };
    return fullFault(open, owner, settings) ?? owner;
  };

  const welcome = (ws: WebSocket, owner: Owner): void => {
    const live = openLiveSocket(ws, deps, owner.lease);
    open.set(live, owner);
    ws.once("close", () => open.delete(live));
  };

  return {
    upgrade(req, socket, head) {
      const owner = accept(req);
      if (owner === "elsewhere") refuseRaw(socket, 404);
      else if (owner instanceof Fault) refuse(socket, owner);
      else server.handleUpgrade(req, socket, head, (ws) => welcome(ws, owner));
    },
    recheck() {
      for (const live of open.keys()) live.recheck();
    },
    close() {
      closing = true;
      for (const live of open.keys()) live.goodbye();
    },
    terminate() {
      for (const live of open.keys()) live.terminate();
    },
  };
}

function refuse(socket: Duplex, fault: Fault): void {
  const { status, body } = answerOf(fault, newSecret().slice(0, 22));
  refuseRaw(socket, status, JSON.stringify(body));
}

/** Why one more socket of this owner is too many, or undefined. */
function fullFault(open: ReadonlyMap<LiveSocket, Owner>, one: Owner, settings: LiveSettings): Fault | undefined {
  if (open.size >= settings.maxSockets) {
    const message = `All ${settings.maxSockets} live sockets are in use; connect again later.`;
    return new Fault("OVERLOADED", message, { retryAfterMs: 10_000 });
  }
  if (isLoopback(one.address)) return undefined;
  let sameUser = 0;
  let sameAddress = 0;
  for (const { lease, address } of open.values()) {
    if (lease.principal.id === one.lease.principal.id) sameUser += 1;
    if (address === one.address) sameAddress += 1;
  }
  if (sameUser < settings.perUser && sameAddress < settings.perAddress) return undefined;
  return new Fault("RATE_LIMITED", "This user or address has too many live sockets open; close one first.");
}
