// What does the people's side need from the rest of the gateway? Small interfaces, filled in by the composition root.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Access } from "#access/access.ts";
import type { Principal } from "#access/principal.ts";
import type { AuditRow, KeyCreated, KeyInput, KeyView } from "#contract/access.ts";
import type { ChaosRequest, HealthAnswer, HealthLogEntry, ServerInput, ServerVerb, ToolView } from "#contract/api.ts";
import type { CacheAnswer, ClearQuery } from "#contract/cache.ts";
import type { CallRecord, ToolCallAnswer, ToolCallRequest } from "#contract/call.ts";
import type { ConfigAnswer, ConfigApplied, ConfigPatch, ConfigRevision } from "#contract/change.ts";
import type { ConnectionsAnswer } from "#contract/connection.ts";
import type { Discovery } from "#contract/discovery.ts";
import type { Metrics } from "#contract/event.ts";
import type { Fault } from "#contract/fault.ts";
import type { CallsPage, CallsQuery, EventsPage, EventsQuery } from "#contract/history.ts";
import type { Figure, ServerMinute, ServerTimeline, StateAt, TimelineQuery } from "#contract/timeline.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Broadcaster } from "#events/broadcaster.ts";
import type { Bus } from "#events/bus.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";

export interface PeopleServers {
  list(): readonly ServerView[];
  get(name: string): ServerView | undefined;
  /** Throws CONFIG_INVALID (with `data.issues`), CONFIG_CONFLICT, FORBIDDEN or STORE_UNAVAILABLE. */
  add(input: ServerInput, principal: Principal): Promise<ServerView>;
  /** Throws SERVER_NOT_FOUND, FORBIDDEN (defined in a file) or STORE_UNAVAILABLE. */
  remove(name: string, principal: Principal): Promise<void>;
  /** Throws SERVER_NOT_FOUND, FORBIDDEN or UPSTREAM_UNAVAILABLE when the verb makes no sense now. */
  act(name: string, verb: ServerVerb, principal: Principal): Promise<ServerView>;
  /** Injects faults into the server's calls (throws FORBIDDEN unless `chaos.enabled` is set), or with null ends that. */
  chaos(name: string, request: ChaosRequest | null, principal: Principal): Promise<ServerView>;
  /** Newest first. Throws STORE_UNAVAILABLE. */
  healthLog(name: string, limit: number): Promise<readonly HealthLogEntry[]>;
  /** Newest standard-error lines, oldest first; empty for a server without a process. */
  stderr(name: string): readonly string[];
}

export interface PeopleCache {
  report(): CacheAnswer;
  /** Drops what is kept of a server, of one of its tools, or everything; answers how many answers that were. */
  clear(selection: ClearQuery, principal: Principal): Promise<number>;
}

/** What a change takes for granted, and whether it is only tried. */
export interface ConfigAsk {
  /** The revision that the asker has read. */
  readonly ifMatch: number;
  readonly dryRun: boolean;
}

/** Changes throw CONFIG_CONFLICT, CONFIG_INVALID (with `data.issues`), FORBIDDEN or STORE_UNAVAILABLE; then nothing has changed. */
export interface PeopleConfig {
  show(): ConfigAnswer;
  patch(patch: ConfigPatch, ask: ConfigAsk, principal: Principal): Promise<ConfigApplied>;
  /** Throws INVALID_REQUEST too: that revision is not kept. */
  rollBack(n: number, ask: ConfigAsk, principal: Principal): Promise<ConfigApplied>;
  /** Newest first. Throws STORE_UNAVAILABLE. */
  revisions(limit: number): Promise<readonly ConfigRevision[]>;
}

export interface PeopleCalls {
  /** Newest first, of those that were stored. Throws STORE_UNAVAILABLE, and INVALID_REQUEST for a cursor that is none. */
  page(query: CallsQuery): Promise<CallsPage>;
  /** Undefined when nothing is known of such a call, or no longer. Throws STORE_UNAVAILABLE. */
  get(id: string): Promise<CallRecord | undefined>;
}

export interface PeopleEvents {
  /** Newest first, or in order after a number of the present epoch or from a moment on. Throws STORE_UNAVAILABLE, and INVALID_REQUEST. */
  page(query: EventsQuery): Promise<EventsPage>;
}

/** Each throws STORE_UNAVAILABLE while the database is away. */
export interface PeopleKeys {
  list(): Promise<readonly KeyView[]>;
  /** Throws CONFIG_CONFLICT when the name is taken or there are too many. */
  create(input: KeyInput, principal: Principal): Promise<KeyCreated>;
  /** What the key let in ends with it. Throws KEY_NOT_FOUND. */
  revoke(id: string, principal: Principal): Promise<void>;
}

export interface PeopleAudit {
  /** Newest first. Throws STORE_UNAVAILABLE. */
  recent(limit: number): Promise<readonly AuditRow[]>;
  /** Notes a login from an address, or with null a refused one; not all of them when there are many. */
  login(principal: Principal | null, address: string): void;
}

/** Each throws STORE_UNAVAILABLE. */
export interface PeoplePast {
  /** Of one server, or of all, by name. */
  timeline(query: TimelineQuery): Promise<ServerTimeline[]>;
  /** By name, those that were configured at `at`, in milliseconds since 1970. Throws INVALID_REQUEST too: `at` is to come. */
  statesAt(at: number): Promise<StateAt[]>;
  /** Minutes of the last hours that had calls, oldest first. */
  minutes(server: string, hours: number): Promise<readonly ServerMinute[]>;
}

export interface Readiness {
  readonly status: "ready" | "starting" | "draining";
  /** Why it is not ready, in words; empty when it is. */
  readonly reasons: readonly string[];
}

/** What the gateway does to protect itself and its servers, counted since start. */
export interface Protection {
  readonly level: string;
  /** Refused because of overload, by kind of work. */
  readonly shed: Readonly<Record<string, number>>;
  readonly retries: readonly { readonly server: string; readonly retries: number; readonly budgetRefusals: number }[];
}

export interface PeopleDeps {
  protection(): Protection;
  readonly servers: PeopleServers;
  readonly cache: PeopleCache;
  readonly config: PeopleConfig;
  readonly calls: PeopleCalls;
  readonly events: PeopleEvents;
  readonly past: PeoplePast;
  /** The gateway's own, of the last hour, oldest first. */
  figures(): readonly Figure[];
  connections(): ConnectionsAnswer;
  /**
   * Connects to what a definition names, lists it and ends it. Throws CONFIG_INVALID or FORBIDDEN as adding it would, OVERLOADED
   * when many run, what the link met, and CANCELLED when `signal` aborts.
   */
  discover(input: ServerInput, principal: Principal, signal: AbortSignal): Promise<Discovery>;
  readonly keys: PeopleKeys;
  readonly audit: PeopleAudit;
  tools(): readonly ToolView[];
  /** Throws the call's Fault; `signal` aborts when the asker has gone away. */
  callTool(request: ToolCallRequest, principal: Principal, signal: AbortSignal): Promise<ToolCallAnswer>;
  health(): HealthAnswer;
  readiness(): Readiness;
  /** Totals since start, for `/metrics`. */
  metrics(): Omit<Metrics, "sockets">;
  readonly bus: Pick<Bus, "subscribe">;
  readonly broadcaster: Broadcaster;
  readonly access: Access;
  readonly admission: HttpAdmission;
  /** Answers every request under `/mcp`, Host and Origin included; must not throw. */
  front(req: IncomingMessage, res: ServerResponse): void;
  readonly world: World;
  readonly log: Log;
}

/** What the listener spares the gateway while it is short of something itself, or stops. */
export interface HttpAdmission {
  /** Whether connections may stay open after their answer. */
  keepsAlive(): boolean;
  /** Why no new live socket is opened now, or undefined. */
  refusal(work: "dashboard"): Fault | undefined;
}

export interface HttpSettings {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Folder of the built dashboard (with index.html); may be absent. */
  readonly dashboardDir: string;
  readonly live: LiveSettings;
}

/** Bounds of the live stream; loopback addresses are exempt from all but the first. */
export interface LiveSettings {
  readonly maxSockets: number;
  readonly perUser: number;
  readonly perAddress: number;
  /** New connections in a second. */
  readonly newPerSecond: number;
}

export const LIVE_DEFAULTS: LiveSettings = { maxSockets: 5_000, perUser: 10, perAddress: 20, newPerSecond: 50 };
