// Who listens, and who reads too slowly? A client above the limit is sent nothing until its backlog has drained and it
// can start again from a snapshot; one that does not drain, or falls behind again soon, is cut. Others never wait for it.
import { randomBytes } from "node:crypto";
import type { Subscription } from "#contract/subscription.ts";
import type { World } from "#lib/world.ts";
import type { Packet } from "./packet.ts";
import { createView, type MaySee, type Reader, type Sees, viewKey } from "./view.ts";

export const AUDIENCE_LIMITS = {
  maxBufferedBytes: 1024 * 1024,
  /** Longer than this above `maxBufferedBytes` cuts the client. */
  overMs: 2_000,
  /** Longer than this without having read anything since the last look cuts it too. */
  stuckMs: 1_000,
  /** A backlog this small is good enough to resume. */
  resumeBytes: 64 * 1024,
  /** Nobody is judged by a look before which this process itself ran for less. */
  fairMs: 250,
  /** Falling behind twice within this time cuts the client. */
  relapseMs: 60_000,
} as const;

/** WebSocket close code for a client that does not keep up. */
export const CLOSE_TOO_SLOW = 4008;

/** What is needed of one connected client. */
export interface LiveClient {
  readonly kind: "websocket" | "events";
  /** The network address that it comes from. */
  readonly address: string;
  /** Must not throw and must not modify the bytes: all clients share them. */
  send(packet: Packet): void;
  bufferedBytes(): number;
  cut(code: number, reason: string): void;
}

type Pace =
  | { readonly kind: "flowing" }
  /** What it begins with is being fetched; until then it is sent nothing. */
  | { readonly kind: "catching_up" }
  /** `bufferedBytes` is the backlog at the last look; `since` moves on while this process itself stands still. */
  | { readonly kind: "draining"; readonly since: number; readonly bufferedBytes: number };

export interface Seat {
  /** Random 128 bits. */
  readonly id: string;
  readonly client: LiveClient;
  readonly reader: Reader;
  /** Wall time, milliseconds since 1970. */
  readonly since: number;
  subscriptions: ReadonlyMap<string, Subscription>;
  view: View;
  pace: Pace;
  fellBehindAt: number;
}

/** All seats that see the same. */
export interface View {
  readonly key: string;
  readonly sees: Sees;
  readonly hearsCalls: boolean;
  readonly seats: Set<Seat>;
  /** Number of the last frame that was sent to all of them, or of the last event before the view came to be. */
  last: number;
}

const isTooSlow = (before: { readonly bufferedBytes: number }, bufferedBytes: number, ranMs: number): boolean =>
  (bufferedBytes > AUDIENCE_LIMITS.maxBufferedBytes && ranMs >= AUDIENCE_LIMITS.overMs) ||
  (bufferedBytes >= before.bufferedBytes && ranMs >= AUDIENCE_LIMITS.stuckMs);

const FLOWING: Pace = { kind: "flowing" };
const CATCHING_UP: Pace = { kind: "catching_up" };

export class Audience {
  readonly #world: World;
  readonly #maySee: MaySee;
  readonly #views = new Map<string, View>();
  readonly #seats = new Set<Seat>();
  #lookedAt: number;
  /** Counted from the start on. */
  readonly delivered = { frames: 0, resyncs: 0, cuts: 0 };

  constructor(world: World, maySee: MaySee) {
    this.#world = world;
    this.#lookedAt = world.now();
    this.#maySee = maySee;
  }

  get size(): number {
    return this.#seats.size;
  }

  seats(): Iterable<Seat> {
    return this.#seats;
  }

  views(): Iterable<View> {
    return this.#views.values();
  }

  /** Whether anybody is told of finished calls. */
  get hearsCalls(): boolean {
    for (const view of this.#views.values()) if (view.hearsCalls) return true;
    return false;
  }

  /** A seat that is sent nothing until `resume`. `seq` is the newest number that was sent. */
  sit(client: LiveClient, reader: Reader, seq: number): Seat {
    const view = this.#viewFor(reader, [], seq);
    const seat: Seat = {
      id: randomBytes(16).toString("hex"),
      client,
      reader,
      since: Math.round(this.#world.wall()),
      subscriptions: new Map(),
      view,
      pace: CATCHING_UP,
      fellBehindAt: Number.NEGATIVE_INFINITY,
    };
    view.seats.add(seat);
    this.#seats.add(seat);
    return seat;
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
    this.#leaveView(seat);
  }

  has(seat: Seat): boolean {
    return this.#seats.has(seat);
  }

  /** Gives the seat the view of these subscriptions; `seq` as for `sit`. */
  subscribe(seat: Seat, subscriptions: ReadonlyMap<string, Subscription>, seq: number): void {
    seat.subscriptions = subscriptions;
    this.#leaveView(seat);
    seat.view = this.#viewFor(seat.reader, [...subscriptions.values()], seq);
    seat.view.seats.add(seat);
  }

  /** From now on the seat gets what its view gets, after what brings it up to date. */
  resume(seat: Seat, packet: Packet | null): void {
    seat.pace = FLOWING;
    if (packet !== null) this.#send(seat, packet);
  }

  sendTo(view: View, packet: Packet): void {
    for (const seat of view.seats) {
      if (seat.pace.kind !== "flowing") continue;
      const bufferedBytes = seat.client.bufferedBytes();
      if (bufferedBytes > AUDIENCE_LIMITS.maxBufferedBytes) this.#fallBehind(seat, bufferedBytes);
      else this.#send(seat, packet);
    }
  }

  sendToAll(packet: Packet): void {
    for (const view of this.#views.values()) this.sendTo(view, packet);
  }

  /** One look at the slow ones, to be taken about twice a second; `restart` makes what brings a client up to date. */
  followUp(restart: () => Packet): void {
    const now = this.#world.now();
    // While we stood still, nothing left for the network, however eager the client was.
    const stalledMs = this.#world.stalledMs(this.#lookedAt);
    const isFair = now - this.#lookedAt - stalledMs >= AUDIENCE_LIMITS.fairMs;
    this.#lookedAt = now;
    for (const seat of this.#seats) {
      if (seat.pace.kind !== "draining") continue;
      const bufferedBytes = seat.client.bufferedBytes();
      const since = Math.min(seat.pace.since + stalledMs, now);
      if (bufferedBytes <= AUDIENCE_LIMITS.resumeBytes) this.#resync(seat, restart());
      else if (!isFair) seat.pace = { ...seat.pace, since };
      else if (isTooSlow(seat.pace, bufferedBytes, now - since)) this.#cut(seat);
      else seat.pace = { kind: "draining", since, bufferedBytes };
    }
  }

  /** After a change of the epoch. */
  renumber(seq: number): void {
    for (const view of this.#views.values()) view.last = seq;
  }

  clear(): void {
    this.#seats.clear();
    this.#views.clear();
  }

  #viewFor(reader: Reader, subscriptions: readonly Subscription[], seq: number): View {
    const key = viewKey(reader, subscriptions);
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const sees = createView(reader, subscriptions, this.#maySee);
    const hearsCalls = subscriptions.some(({ event_types }) => event_types?.includes("call_finished"));
    const view: View = { key, sees, hearsCalls, seats: new Set(), last: seq };
    this.#views.set(key, view);
    return view;
  }

  // A client that was cut leaves once more when its connection has closed; by then its view may be another one's.
  #leaveView(seat: Seat): void {
    const { seats, key } = seat.view;
    if (seats.delete(seat) && seats.size === 0) this.#views.delete(key);
  }

  #send({ client }: Seat, packet: Packet): void {
    this.delivered.frames += packet.frames;
    client.send(packet);
  }

  #resync(seat: Seat, packet: Packet): void {
    this.delivered.resyncs++;
    this.resume(seat, packet);
  }

  #fallBehind(seat: Seat, bufferedBytes: number): void {
    const now = this.#world.now();
    if (now - seat.fellBehindAt < AUDIENCE_LIMITS.relapseMs) return this.#cut(seat);
    seat.fellBehindAt = now;
    seat.pace = { kind: "draining", since: now, bufferedBytes };
  }

  #cut(seat: Seat): void {
    this.delivered.cuts++;
    this.leave(seat);
    seat.client.cut(CLOSE_TOO_SLOW, "reads too slowly");
  }
}
