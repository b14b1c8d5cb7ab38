// Who sees what happens, live, and in which order? One numbered stream of frames; each client gets what its view lets through,
// from a snapshot or from where it stood. It never waits for a client.
import type { GatewayEvent, Metrics, SystemMetrics } from "#contract/event.ts";
import type { Subscription } from "#contract/subscription.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Log } from "#lib/log.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { EventArchive } from "./archive.ts";
import { Audience, type LiveClient, type Seat } from "./audience.ts";
import { frameOf } from "./frame.ts";
import { LiveSummary } from "./live-summary.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { type Packet, packetOf } from "./packet.ts";
import { type Attachment, createReception, type Reception } from "./reception.ts";
import { type Cursor, createRecovery } from "./recovery.ts";
import { archived, createStream, itemOf, RING_LIMITS, type RingLimits, type Stream } from "./stream.ts";
import { createSystemMeter, type SystemMeter } from "./system-meter.ts";
import type { MaySee, Reader } from "./view.ts";

const TICK_MS = 1_000;
/** How often slow clients are looked at. */
const LOOK_MS = 500;
/** A snapshot serves all who come within so many milliseconds, as long as nothing happens. */
const SNAPSHOT_MS = 100;
/** Finished calls in one step; what exceeds them is not told live. */
const MAX_CALLS = 100;

export interface LiveSnapshot {
  readonly ready: boolean;
  readonly servers: readonly ServerView[];
  /** The broadcaster adds what it measures itself. */
  readonly metrics: Omit<Metrics, "sockets"> & Pick<SystemMetrics, "cache">;
}

export interface BroadcasterDeps {
  snapshot(): LiveSnapshot;
  readonly bus: { subscribe(listener: (event: GatewayEvent) => void): () => void };
  readonly world: World;
  readonly log: Log;
  readonly maySee: MaySee;
  /** Null: only what is in memory can be replayed, and the epoch ends with the process. */
  readonly archive: EventArchive | null;
  /** Default RING_LIMITS. */
  readonly ring?: RingLimits;
}

export interface BroadcasterVitals {
  /** Random 128 bits; sequence numbers compare only within one epoch. */
  readonly epoch: string;
  /** Number of the newest event. */
  readonly seq: number;
  /** Clients attached now. */
  readonly sockets: number;
  /** Monotonic time of its loop's last turn; the loop turns once a second, with or without clients. */
  readonly heartbeatAt: number;
}

/** A client as people see it. */
export interface AudienceMember {
  /** Random 128 bits. */
  readonly id: string;
  readonly kind: LiveClient["kind"];
  readonly address: string;
  readonly principal: string;
  readonly role: Reader["role"];
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly subscriptions: readonly Subscription[];
  /** `draining`: sent nothing until it has read its backlog. */
  readonly pace: Seat["pace"]["kind"];
  /** Sent, and not taken by the network yet. */
  readonly bufferedBytes: number;
}

export class Broadcaster {
  readonly #deps: BroadcasterDeps;
  readonly #stream: Stream;
  readonly #audience: Audience;
  readonly #outbox: Outbox;
  readonly #reception: Reception;
  readonly #meter: SystemMeter;
  readonly #summary: LiveSummary;
  readonly #stops: Cancel[];
  #snapshot: { readonly packet: Packet; readonly seq: number; readonly at: number } | undefined;
  #isReady = false;
  #isSettled = false;
  #isArchived = false;
  #heartbeatAt: number;

  constructor(deps: BroadcasterDeps) {
    const { world, archive, bus } = deps;
    this.#deps = deps;
    this.#heartbeatAt = world.now();
    this.#stream = createStream(deps.ring ?? RING_LIMITS);
    this.#audience = new Audience(world, deps.maySee);
    this.#outbox = createOutbox({ world, stream: this.#stream, audience: this.#audience });
    this.#meter = createSystemMeter(world);
    this.#summary = new LiveSummary({ world, log: deps.log, audience: this.#audience });
    const parts = { stream: this.#stream, audience: this.#audience, outbox: this.#outbox };
    const isSettled = (): boolean => this.#isSettled;
    this.#reception = createReception({
      ...parts,
      recovery: createRecovery({ ...parts, archive, world, settled: this.#settle(), isSettled }),
      status: () => this.#status(deps.snapshot),
    });
    this.#stops = [
      bus.subscribe((event) => this.#onEvent(event)),
      every(world, TICK_MS, () => this.#beat()),
      every(world, LOOK_MS, () => this.#lookAround()),
      this.#outbox.stop,
      () => this.#audience.clear(),
    ];
  }

  /** Sends a snapshot or, after a cursor, what the client has missed; then every frame of its view until it leaves. */
  attach(client: LiveClient, reader: Reader, cursor?: Cursor): Attachment {
    this.#announceReady(this.#deps.snapshot());
    return this.#reception.receive(client, reader, cursor);
  }

  vitals(): BroadcasterVitals {
    const { epoch, seq } = this.#stream;
    return { epoch, seq, sockets: this.#audience.size, heartbeatAt: this.#heartbeatAt };
  }

  /** Totals since start, and what is measured now. */
  figures(): SystemMetrics {
    return this.#figures(this.#deps.snapshot());
  }

  audience(): AudienceMember[] {
    return [...this.#audience.seats()].map(({ id, client, reader, since, subscriptions, pace }) => ({
      id,
      kind: client.kind,
      address: client.address,
      ...reader,
      since,
      subscriptions: [...subscriptions.values()],
      pace: pace.kind,
      bufferedBytes: client.bufferedBytes(),
    }));
  }

  /** Stops the stream and forgets the clients; closing them is their owner's work. */
  close(): void {
    for (const stop of this.#stops) stop();
  }

  #onEvent(event: GatewayEvent): void {
    if (event.type === "store.changed") this.#announceReady(this.#deps.snapshot());
    if (event.type === "call.finished") return this.#onCall(event);
    const body = frameOf(event);
    if (body === null) return;
    const item = this.#stream.add(event.at, body);
    if (this.#isArchived) this.#deps.archive?.append(this.#stream.epoch, archived(item));
    this.#outbox.add(item);
  }

  #onCall({ at, record }: GatewayEvent & { type: "call.finished" }): void {
    this.#meter.observe(record);
    if (!this.#audience.hearsCalls || this.#outbox.calls >= MAX_CALLS) return;
    this.#outbox.add(itemOf(at, { type: "call_finished", data: record }, record.principal));
  }

  #beat(): void {
    this.#heartbeatAt = this.#deps.world.now();
    this.#summary.look();
    if (this.#audience.size === 0) return;
    const live = this.#deps.snapshot();
    this.#announceReady(live);
    this.#outbox.add(itemOf(this.#wall(), { type: "system_metrics", data: this.#figures(live) }));
  }

  #lookAround(): void {
    this.#outbox.whenSent(() => this.#audience.followUp(() => this.#status(this.#deps.snapshot)));
  }

  // Also how a change is noticed that no event announced.
  #announceReady(live: LiveSnapshot): void {
    if (live.ready === this.#isReady) return;
    this.#isReady = live.ready;
    this.#tellAll(live);
  }

  #tellAll(live: LiveSnapshot): void {
    this.#snapshot = undefined;
    this.#outbox.flush();
    if (this.#audience.size > 0) this.#audience.sendToAll(this.#status(() => live));
  }

  /** Takes up the numbering of the last run, if it can be; until then what happens is numbered under an epoch of its own. */
  async #settle(): Promise<void> {
    const { archive, snapshot } = this.#deps;
    // The store says why it cannot; the stream goes on with what memory holds.
    const start = await archive?.takeEpoch().catch(() => undefined);
    if (archive !== null && start !== undefined) {
      this.#outbox.flush();
      for (const item of this.#stream.adopt(start)) archive.append(start.epoch, archived(item));
      this.#isArchived = true;
      this.#audience.renumber(this.#stream.seq);
      this.#tellAll(snapshot());
    }
    this.#isSettled = true;
  }

  #figures({ servers, metrics }: LiveSnapshot): SystemMetrics {
    const children = servers.filter(({ pid }) => pid !== null).length;
    return { ...metrics, sockets: this.#audience.size, children, ...this.#meter.read() };
  }

  #status(snapshot: () => LiveSnapshot): Packet {
    const { epoch, seq } = this.#stream;
    const now = this.#deps.world.now();
    const known = this.#snapshot;
    if (known !== undefined && known.seq === seq && now - known.at < SNAPSHOT_MS) return known.packet;
    const live = snapshot();
    const data = { ready: live.ready, servers: live.servers, metrics: this.#figures(live) };
    const frame = JSON.stringify({ type: "initial_status", ts: this.#wall(), seq, epoch, data });
    const packet = packetOf([frame], { epoch, seq });
    this.#snapshot = { packet, seq, at: now };
    return packet;
  }

  #wall(): number {
    return Math.round(this.#deps.world.wall());
  }
}

function every(world: World, intervalMs: number, fn: () => void): Cancel {
  let cancel: Cancel = world.after(intervalMs, turn);
  function turn(): void {
    cancel = world.after(intervalMs, turn);
    fn();
  }
  return () => cancel();
}
