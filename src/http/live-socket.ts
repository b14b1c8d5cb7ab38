// What happens on one open socket? Frames out, a few actions in, a ping that must be answered, and a login that must last.
import type { RawData, WebSocket } from "ws";
import type { Lease } from "#access/tickets.ts";
import { AUDIENCE_LIMITS, CLOSE_TOO_SLOW } from "#events/audience.ts";
import { answerAction } from "./actions.ts";
import type { PeopleDeps } from "./deps.ts";
import { startHeartbeat } from "./heartbeat.ts";

/** WebSocket close codes of ours. */
export const CLOSE_GOING_AWAY = 1001;
export const CLOSE_LOGIN_ENDED = 4001;

/** Time a cut client gets to see why. */
const CUT_MS = 500;

export interface LiveSocket {
  /** Closes the socket when its login has ended. */
  recheck(): void;
  goodbye(): void;
  terminate(): void;
}

type Deps = Pick<PeopleDeps, "broadcaster" | "world" | "log">;

/** Attaches an upgraded socket to the stream until it closes. */
export function openLiveSocket(ws: WebSocket, deps: Deps, lease: Lease): LiveSocket {
  const { broadcaster, world, log } = deps;

  // The close frame waits behind a backlog that perhaps nobody reads; the connection does not.
  const cut = (code: number, reason: string): void => {
    ws.close(code, reason);
    world.after(CUT_MS, () => ws.terminate());
  };
  // A client that asks without reading would otherwise make the gateway remember every answer.
  const reply = (send: () => void): void => {
    if (ws.bufferedAmount > AUDIENCE_LIMITS.maxBufferedBytes) cut(CLOSE_TOO_SLOW, "reads too slowly");
    else send();
  };
  const sendText = (text: string): void => reply(() => ws.send(text));
  const recheck = (): void => {
    if (!lease.valid()) cut(CLOSE_LOGIN_ENDED, "the login has ended");
  };

  ws.on("error", (err) => log.debug({ err }, "A live socket broke the protocol or lost its connection"));
  ws.on("ping", (data) => reply(() => ws.pong(data)));
  ws.on("message", (data: RawData, binary) => {
    const frame = answerAction(binary ? null : (data as Buffer), Math.round(world.wall()));
    sendText(JSON.stringify(frame));
  });

  const detach = broadcaster.attach({
    send: (bytes) => ws.send(bytes, { binary: false }),
    bufferedBytes: () => ws.bufferedAmount,
    cut,
  });
  const stopHeartbeat = startHeartbeat(world, {
    ping(token) {
      recheck();
      if (ws.readyState !== ws.OPEN) return;
      ws.ping(token);
      sendText(JSON.stringify({ type: "ping", ts: Math.round(world.wall()), data: {} }));
    },
    onPong: (listener) => ws.on("pong", (data) => listener(data.toString("latin1"))),
    dead: () => ws.terminate(),
  });
  ws.once("close", () => {
    stopHeartbeat();
    detach();
  });
  return {
    recheck,
    goodbye: () => ws.close(CLOSE_GOING_AWAY, "the gateway is stopping"),
    terminate: () => ws.terminate(),
  };
}
