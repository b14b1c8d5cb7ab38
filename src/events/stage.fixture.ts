// What do the tests of this room talk about? One server, clients that check and keep every frame, and a broadcaster among them.
import { type Frame, frameSchema, type GatewayEvent } from "#contract/event.ts";
import { serverView } from "#contract/sample-view.ts";
import type { ServerView } from "#contract/upstream.ts";
import { handWorld } from "#lib/hand-world.ts";
import { type Log, silentLog } from "#lib/log.ts";
import type { EventArchive } from "./archive.ts";
import type { LiveClient } from "./audience.ts";
import { Broadcaster } from "./broadcaster.ts";
import { createBus } from "./bus.ts";
import { STEP_MS } from "./pacer.ts";
import type { MaySee, Reader } from "./view.ts";

export const view: ServerView = serverView("files");

export const ADMIN: Reader = { principal: "admin", role: "admin" };

export const maySee: MaySee = (role, type) => (type === "call_finished" && role === "viewer" ? "own" : "all");

export interface Client extends LiveClient {
  readonly frames: Frame[];
  readonly ids: string[];
  writes: number;
  buffered: number;
  cutWith: number | undefined;
}

/** A client that parses every frame it gets with the published schema. */
export function client(): Client {
  const self: Client = {
    kind: "websocket",
    address: "127.0.0.1",
    frames: [],
    ids: [],
    writes: 0,
    buffered: 0,
    cutWith: undefined,
    send({ json, sse }) {
      self.writes += 1;
      const value: unknown = JSON.parse(json.toString());
      for (const frame of Array.isArray(value) ? value : [value]) self.frames.push(frameSchema.parse(frame));
      const event = /^(?:id: (.*)\n)?data: (.*)\n\n$/.exec(sse.toString());
      if (event?.[2] !== json.toString()) throw new Error(`not one event: ${sse}`);
      self.ids.push(event?.[1] ?? "");
    },
    bufferedBytes: () => self.buffered,
    cut(code) {
      self.cutWith = code;
    },
  };
  return self;
}

export const changed = (newStatus: ServerView["status"] = "down", name = "files"): GatewayEvent => ({
  type: "status.changed",
  at: 2,
  name,
  oldStatus: "up",
  newStatus,
  reason: "exited",
  severity: newStatus === "up" ? "info" : "critical",
  view: { ...serverView(name), status: newStatus },
});

export const observed = (message: string, name = "files"): GatewayEvent => ({
  type: "health.observed",
  at: 3,
  name,
  eventType: "probe_failed",
  message,
  latencyMs: null,
  view: serverView(name),
});

export function stage(archive: EventArchive | null = null, log: Log = silentLog) {
  const world = handWorld();
  const bus = createBus(silentLog);
  const live = { ready: true };
  const metrics = { calls: 0, faults: 0, sessions: 0, uptimeMs: 1, rssBytes: 1 };
  const snapshot = () => ({ ready: live.ready, servers: [view], metrics });
  const broadcaster = new Broadcaster({ snapshot, bus, world, log, maySee, archive });
  return {
    world,
    bus,
    live,
    broadcaster,
    publish: (text = "no answer") => bus.publish(observed(text)),
    /** Lets everything leave that waits. */
    step: () => world.advance(STEP_MS.busy + 1),
    join(reader: Reader = ADMIN) {
      const one = client();
      return Object.assign(one, { attachment: broadcaster.attach(one, reader) });
    },
  };
}

/** Numbers of the events a client was told, snapshots left out. */
export const seqs = ({ frames }: Client): number[] =>
  frames.filter(({ prev }) => prev !== undefined).map(({ seq }) => seq as number);

export const typesOf = ({ frames }: Client): string[] => frames.map(({ type }) => type);
