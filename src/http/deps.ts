// What does the people's side need from the rest of the gateway? Small interfaces, filled in by the composition root.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Access } from "#access/access.ts";
import type { Principal } from "#access/principal.ts";
import type { ChaosRequest, HealthAnswer, HealthLogEntry, ServerInput, ServerVerb, ToolView } from "#contract/api.ts";
import type { CacheAnswer } from "#contract/cache.ts";
import type { CallRecord, ToolCallAnswer, ToolCallRequest } from "#contract/call.ts";
import type { Metrics } from "#contract/event.ts";
import type { Fault } from "#contract/fault.ts";
import type { CallsPage, CallsQuery, EventsPage, EventsQuery } from "#contract/history.ts";
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
  clear(selection: { readonly server?: string; readonly tool?: string }, principal: Principal): Promise<number>;
}

export interface PeopleCalls {
  /** Newest first, of those that were stored. Throws STORE_UNAVAILABLE, and INVALID_REQUEST for a cursor that is none. */
  page(query: CallsQuery): Promise<CallsPage>;
  /** Undefined when nothing is known of such a call, or no longer. Throws STORE_UNAVAILABLE. */
  get(id: string): Promise<CallRecord | undefined>;
}

export interface PeopleEvents {
  /** Newest first, or after a number of the present epoch in order. Throws STORE_UNAVAILABLE, and INVALID_REQUEST. */
  page(query: EventsQuery): Promise<EventsPage>;
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
  readonly calls: PeopleCalls;
  readonly events: PeopleEvents;
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

/** Bounds of `/ws`; loopback addresses are exempt from the two per-caller bounds. */
export interface LiveSettings {
  readonly maxSockets: number;
  readonly perUser: number;
  readonly perAddress: number;
}

export const LIVE_DEFAULTS: LiveSettings = { maxSockets: 5_000, perUser: 10, perAddress: 20 };
