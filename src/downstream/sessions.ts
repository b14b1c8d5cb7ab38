// Which legacy clients are here? Sessions bound to their principal and endpoint, bounded in number and idle time.
import { randomBytes } from "node:crypto";
import { Fault } from "#contract/fault.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { LogLevel } from "#mcp/protocol.ts";
import type { View } from "#upstream/catalog.ts";
import type { EventStream } from "./event-stream.ts";
import { InFlight } from "./in-flight.ts";

export const MAX_SESSIONS = 10_000;
export const IDLE_LIMIT_MS = 30 * 60_000;
const SWEEP_MS = 60_000;
/** A session that was used so short a time ago keeps its place among the others. */
const REORDER_MS = 1_000;

export interface ClientInfo {
  readonly name: string;
  readonly version: string;
}

export interface Session {
  readonly id: string;
  readonly principal: string;
  readonly view: View;
  readonly protocolVersion: string;
  /** As the client named itself; null when it did not. */
  readonly client: ClientInfo | null;
  /** Wall time, milliseconds since 1970. */
  readonly openedAt: number;
  /** The level asked for by logging/setLevel; undefined passes everything. */
  logLevel: LogLevel | undefined;
  /** Calls in flight by the client's own ids. */
  readonly calls: InFlight;
  /** Open GET streams. */
  readonly streams: Set<EventStream>;
  lastSeenAt: number;
}

type SessionFields = Pick<Session, "principal" | "view" | "protocolVersion"> & Partial<Pick<Session, "client">>;

export class Sessions {
  readonly #world: World;
  /** In order of last use, to a second, so that the first is the one to evict. */
  readonly #byId = new Map<string, Session>();
  #cancelSweep: Cancel = () => {};

  constructor(world: World) {
    this.#world = world;
    this.#scheduleSweep();
  }

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#byId.values();
  }

  create({ client = null, ...fields }: SessionFields): Session {
    if (this.#byId.size >= MAX_SESSIONS) this.#evictOne();
    const session: Session = {
      ...fields,
      client,
      openedAt: Math.round(this.#world.wall()),
      id: randomBytes(24).toString("base64url"),
      logLevel: undefined,
      calls: new InFlight(),
      streams: new Set(),
      lastSeenAt: this.#world.now(),
    };
    this.#byId.set(session.id, session);
    return session;
  }

  /** The session, if it belongs to this principal and endpoint; for others it does not exist. */
  find(id: string, principal: string, view: View): Session | undefined {
    const session = this.#byId.get(id);
    if (session === undefined || session.principal !== principal || session.view !== view) return undefined;
    const now = this.#world.now();
    if (now - session.lastSeenAt > REORDER_MS) this.#makeNewest(session);
    session.lastSeenAt = now;
    return session;
  }

  #makeNewest(session: Session): void {
    this.#byId.delete(session.id);
    this.#byId.set(session.id, session);
  }

  /** Ends its streams and cancels its calls with `reason`. */
  end(session: Session, reason: Fault): void {
    if (!this.#byId.delete(session.id)) return;
    for (const control of session.calls.all()) control.abort(reason);
    for (const stream of session.streams) stream.end();
  }

  /** Ends the sessions of a principal who may ask no longer: their streams end, calls in flight may finish. */
  retire(principal: string): void {
    for (const session of this.#byId.values()) {
      if (session.principal !== principal) continue;
      this.#byId.delete(session.id);
      for (const stream of session.streams) stream.end();
    }
  }

  close(reason: Fault): void {
    this.#cancelSweep();
    for (const session of [...this.#byId.values()]) this.end(session, reason);
  }

  /** The longest unused; one that is in use only when all are. */
  #evictOne(): void {
    let [victim] = this.#byId.values();
    for (const session of this.#byId.values()) {
      if (isInUse(session)) continue;
      victim = session;
      break;
    }
    if (victim !== undefined) this.end(victim, crowdedOut());
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.#world.after(SWEEP_MS, () => {
      const limit = this.#world.now() - IDLE_LIMIT_MS;
      for (const session of this.#byId.values()) {
        if (session.lastSeenAt < limit && !isInUse(session)) this.#byId.delete(session.id);
      }
      this.#scheduleSweep();
    });
  }
}

/** A session with an open stream or a call in flight is in use, however long ago its last request came. */
const isInUse = (session: Session): boolean => session.streams.size > 0 || session.calls.size > 0;

const crowdedOut = (): Fault =>
  new Fault("OVERLOADED", `The gateway holds ${MAX_SESSIONS} sessions; this one made room. Initialize again.`);
