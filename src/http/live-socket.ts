// What happens on one open socket? Frames out, a few actions in, a ping that must be answered, and a login that must last.
import type { RawData, WebSocket } from "ws";
import { AUDIENCE_LIMITS, CLOSE_TOO_SLOW, type LiveClient } from "#events/audience.ts";
import { answerAction, textOf } from "./actions.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { CUT_MS, type LiveConnection, type LiveDeps, type Visit } from "./live-connection.ts";

/** WebSocket close codes of ours. */
export const CLOSE_GOING_AWAY = 1001;
export const CLOSE_LOGIN_ENDED = 4001;

/** Attaches an upgraded socket to the stream until it closes. */
export function openLiveSocket(ws: WebSocket, deps: LiveDeps, { lease, address, cursor }: Visit): LiveConnection {
  const { broadcaster, world, log } = deps;

  let isCut = false;
  // The close frame waits behind a backlog that perhaps nobody reads; the connection does not.
  const cut = (code: number, reason: string): void => {
    if (isCut) return;
    isCut = true;
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

  const { id: principal, role } = lease.principal;
  const client: LiveClient = {
    kind: "websocket",
    address,
    send: ({ json }) => ws.send(json, { binary: false }),
    bufferedBytes: () => ws.bufferedAmount,
    cut,
  };
  const attachment = broadcaster.attach(client, { principal, role }, cursor);

  ws.on("error", (err) => log.debug({ err }, "A live socket broke the protocol or lost its connection"));
  ws.on("ping", (data) => reply(() => ws.pong(data)));
  ws.on("message", (data: RawData, binary) => {
    const frame = answerAction(binary ? null : (data as Buffer), { attachment, ts: Math.round(world.wall()) });
    sendText(textOf(frame));
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
    attachment.leave();
  });
  return {
    recheck,
    goodbye: () => ws.close(CLOSE_GOING_AWAY, "the gateway is stopping"),
    terminate: () => ws.terminate(),
  };
}
