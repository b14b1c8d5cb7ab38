// Who sees what happens, live, and in which order? One numbered stream of frames, the same for every attached client.
// It never waits for a client and keeps nothing that a snapshot can tell.
import { randomBytes } from "node:crypto";
import type { GatewayEvent, Metrics } from "#contract/event.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Cancel, World } from "#lib/world.ts";
import { createAudience, type LiveClient } from "./audience.ts";
import { createCoalescer } from "./coalescer.ts";
import { frameOf } from "./frame.ts";

const TICK_MS = 1_000;

export interface LiveSnapshot {
  readonly ready: boolean;
  readonly servers: readonly ServerView[];
  /** The broadcaster adds `sockets` itself. */
  readonly metrics: Omit<Metrics, "sockets">;
}

export interface BroadcasterDeps {
  snapshot(): LiveSnapshot;
  readonly bus: { subscribe(listener: (event: GatewayEvent) => void): () => void };
  readonly world: World;
}

export interface BroadcasterVitals {
  /** Random 128 bits per boot; sequence numbers compare only within one epoch. */
  readonly epoch: string;
  /** Number of the newest frame, which is how many there were since start. */
  readonly seq: number;
  /** Clients attached now. */
  readonly sockets: number;
  /** Monotonic time of its loop's last turn; the loop turns once a second, with or without clients. */
  readonly heartbeatAt: number;
}

export interface Broadcaster {
  /** Sends `initial_status` at once, then every frame until the returned function is called. */
  attach(client: LiveClient): () => void;
  vitals(): BroadcasterVitals;
  /** Stops the stream and forgets the clients; closing them is their owner's work. */
  close(): void;
}

interface Stream {
  readonly epoch: string;
  seq: number;
  ready: boolean;
  heartbeatAt: number;
}

export function createBroadcaster({ snapshot, bus, world }: BroadcasterDeps): Broadcaster {
  const stream: Stream = { epoch: randomBytes(16).toString("hex"), seq: 0, ready: false, heartbeatAt: world.now() };
  const audience = createAudience(world);
  const coalescer = createCoalescer(world, audience.sendToAll);

  const wall = (): number => Math.round(world.wall());
  const metricsOf = (live: LiveSnapshot): Metrics => ({ ...live.metrics, sockets: audience.size });
  const initialStatus = (live: LiveSnapshot): Buffer =>
    snapshotFrame(stream, wall(), { ...live, metrics: metricsOf(live) });
  // Also how a change is noticed that no event announced.
  const announceReady = (live: LiveSnapshot): void => {
    if (live.ready === stream.ready) return;
    stream.ready = live.ready;
    coalescer.flush();
    if (audience.size > 0) audience.sendToAll(initialStatus(live));
  };
  const tell = (event: GatewayEvent): void => {
    if (event.type === "store.changed") announceReady(snapshot());
    const frame = frameOf(event);
    if (frame === null) return;
    const seq = ++stream.seq;
    if (audience.size > 0) coalescer.add(JSON.stringify({ ...frame, ts: event.at, seq, prev: seq - 1 }));
  };
  const beat = (): void => {
    stream.heartbeatAt = world.now();
    if (audience.size === 0) return;
    const live = snapshot();
    announceReady(live);
    coalescer.flush();
    audience.followUp(() => initialStatus(live));
    coalescer.add(JSON.stringify({ type: "system_metrics", ts: wall(), data: metricsOf(live) }));
  };
  const stops = [bus.subscribe(tell), every(world, TICK_MS, beat), coalescer.stop, audience.clear];

  return {
    attach(client) {
      const live = snapshot();
      announceReady(live);
      // What waits is older than the snapshot and belongs to those who were here before.
      coalescer.flush();
      const detach = audience.seat(client);
      client.send(initialStatus(live));
      return detach;
    },
    vitals: () => ({ ...stream, sockets: audience.size }),
    close() {
      for (const stop of stops) stop();
    },
  };
}

function snapshotFrame({ seq, epoch }: Stream, ts: number, { ready, servers, metrics }: LiveSnapshot): Buffer {
  return Buffer.from(JSON.stringify({ type: "initial_status", ts, seq, epoch, data: { ready, servers, metrics } }));
}

function every(world: World, intervalMs: number, fn: () => void): Cancel {
  let cancel: Cancel = world.after(intervalMs, turn);
  function turn(): void {
    cancel = world.after(intervalMs, turn);
    fn();
  }
  return () => cancel();
}
