// How do the same frames reach a place where WebSocket is blocked? As server-sent events, one for each packet, with an id to
// resume after. The client says in the address what it subscribes to, and nothing later; one that reads too slowly ends like a socket.
import type { ServerResponse } from "node:http";
import type { Frame } from "#contract/event.ts";
import type { LiveClient } from "#events/audience.ts";
import { packetOf } from "#events/packet.ts";
import type { Cancel } from "#lib/world.ts";
import { answerAction } from "./actions.ts";
import { CUT_MS, type LiveConnection, type LiveDeps, type Visit } from "./live-connection.ts";
import { DATA_HEADERS } from "./security-headers.ts";

/** A sign of life for the client and everything between, in milliseconds. */
const PING_MS = 15_000;

const HEADERS = {
  ...DATA_HEADERS,
  "content-type": "text/event-stream; charset=utf-8",
  // Some proxies would otherwise keep what they get until there is more of it.
  "x-accel-buffering": "no",
} as const;

/** Attaches a response to the stream until it closes. */
export function openLiveStream(
  res: ServerResponse,
  deps: LiveDeps,
  { lease, address, cursor, eventTypes }: Visit,
): LiveConnection {
  const { broadcaster, world, log } = deps;
  let stopPing: Cancel = () => {};

  const end = (): void => {
    res.end();
    world.after(CUT_MS, () => res.destroy());
  };
  const recheck = (): void => {
    if (!lease.valid()) end();
  };
  const send: LiveClient["send"] = ({ sse }) => {
    if (!res.writableEnded) res.write(sse);
  };
  const tell = (frame: Frame): void => send(packetOf([JSON.stringify(frame)], positionOf(frame)));
  const ping = (): void => {
    stopPing = world.after(PING_MS, ping);
    tell({ type: "ping", ts: Math.round(world.wall()), data: {} });
  };

  res.on("error", (err) => log.debug({ err }, "A live stream lost its connection"));
  res.writeHead(200, HEADERS);
  res.flushHeaders();
  const { id: principal, role } = lease.principal;
  const client: LiveClient = {
    kind: "events",
    address,
    send,
    bufferedBytes: () => res.writableLength,
    cut: end,
  };
  const attachment = broadcaster.attach(client, { principal, role }, cursor);
  if (eventTypes !== undefined) {
    // The same words as on a socket, so that they mean the same and are refused in the same words.
    const action = Buffer.from(JSON.stringify({ action: "subscribe", event_types: eventTypes }));
    tell(answerAction(action, { attachment, ts: Math.round(world.wall()) }));
  }
  stopPing = world.after(PING_MS, ping);
  res.once("close", () => {
    stopPing();
    attachment.leave();
  });
  return { recheck, goodbye: end, terminate: () => res.destroy() };
}

const positionOf = ({ epoch, seq }: Frame): { epoch: string; seq: number } | null =>
  epoch === undefined || seq === undefined ? null : { epoch, seq };
