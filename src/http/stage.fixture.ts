// What do the tests of this room run against? The real listener on a free port, with plain inputs for the rest of the gateway.
import { type Access, createAccess } from "#access/access.ts";
import { Keys } from "#access/keys.ts";
import type { Principal } from "#access/principal.ts";
import type { Role } from "#contract/access.ts";
import type { HealthAnswer, HealthLogEntry } from "#contract/api.ts";
import { CACHE_REPORT } from "#contract/cache.fixture.ts";
import type { ToolCallAnswer, ToolCallRequest } from "#contract/call.ts";
import { isFault } from "#contract/fault.ts";
import { recordOf } from "#contract/record.fixture.ts";
import { serverView } from "#contract/sample-view.ts";
import type { ServerView } from "#contract/upstream.ts";
import { Broadcaster } from "#events/broadcaster.ts";
import { type Bus, createBus } from "#events/bus.ts";
import type { MaySee } from "#events/view.ts";
import { type Log, silentLog } from "#lib/log.ts";
import { systemWorld, type World } from "#lib/world.ts";
import { accessDeps } from "./access.fixture.ts";
import { type HttpSettings, LIVE_DEFAULTS, type LiveSettings, type PeopleDeps, type Readiness } from "./deps.ts";
import { overviewDeps } from "./overview.fixture.ts";
import { type OpenHttp, openHttp } from "./server.ts";

export const TOKEN = "Zq8-vv1N_0pLx7Rt-long-enough";

export const CALL_ANSWER: ToolCallAnswer = {
  result: { content: [{ type: "text", text: "hello" }] },
  call: { id: "call-1", disposition: "bypass", ageMs: null, durationMs: 1, attempts: 1, upstreamMs: 1 },
};

export const viewOf = (name: string): ServerView =>
  serverView(name, { origin: "api", era: "legacy", protocolVersion: "2025-11-25" });

const HEALTH: HealthAnswer = {
  status: "ok",
  version: "0.0.0-test",
  database: "ready",
  servers: { total: 1, up: 1, degraded: 0, recovering: 0, down: 0, paused: 0, unknown: 0 },
  components: {},
};

export const LOG_ENTRY: HealthLogEntry = {
  id: 1,
  at: 1,
  server: "files",
  eventType: "circuit_open",
  status: "down",
  health: "unhealthy",
  message: "5 calls in a row failed.",
  latencyMs: null,
};

const TOOL = { server: "files", name: "read", qualifiedName: "files__read", title: null, description: null };
const UNCACHED = { keeping: "pass", reason: "mode_off", ttlMs: null } as const;
const TOTALS = { calls: 0, faults: 0, sessions: 0, uptimeMs: 1, rssBytes: 1 };

const seen: MaySee = (role, type) => (role === "viewer" && type === "call_finished" ? "own" : "all");

export interface StageOptions {
  readonly host?: string;
  readonly dashboardDir?: string;
  readonly live?: Partial<LiveSettings>;
  readonly world?: World;
  /** The address that every connection seems to come from. */
  readonly from?: string;
}

/** The running listener and the knobs of its inputs. */
export interface Stage {
  readonly http: OpenHttp;
  readonly deps: PeopleDeps;
  readonly settings: HttpSettings;
  readonly bus: Bus;
  readonly broadcaster: Broadcaster;
  /** Fields of every error line that was logged. */
  readonly errors: object[];
  /** The valid keys. */
  readonly keys: Keys;
  readiness: Readiness;
  /** Of whoever shows the token. */
  role: Role;
  addFault: unknown;
  callFault: unknown;
  /** What `act` and `chaos` throw. */
  actFault: unknown;
  /** Everything that was asked of servers: verb or kind of chaos, server and, of the health log, the limit. */
  readonly acts: unknown[][];
  /** While true, a tool call waits for `release`. */
  hold: boolean;
  lastCall: { request: ToolCallRequest; principal: Principal } | undefined;
  /** The signal of the held call, once it is there. */
  held(): Promise<AbortSignal>;
  release(): void;
  close(graceMs?: number): Promise<void>;
}

export async function stage(options: StageOptions = {}): Promise<Stage> {
  const world = options.world ?? systemWorld;
  const errors: object[] = [];
  const log: Log = { ...silentLog, error: (fields) => errors.push(fields) };
  const bus = createBus(log);
  const views = new Map([["files", viewOf("files")]]);
  const settings: HttpSettings = {
    host: options.host ?? "127.0.0.1",
    port: 0,
    dashboardDir: options.dashboardDir ?? "/nonexistent",
    live: { ...LIVE_DEFAULTS, ...options.live },
  };
  const snapshot = () => ({
    ready: knobs.readiness.status === "ready",
    servers: [...views.values()],
    metrics: TOTALS,
  });
  const broadcaster = new Broadcaster({ snapshot, bus, world, log: silentLog, maySee: seen, archive: null });
  const rules = { bindHost: settings.host, adminToken: TOKEN, mcp: "open", hosts: [], origins: [] } as const;
  const keys = new Keys(world);
  const door = createAccess(rules, world, keys);
  const call = Promise.withResolvers<AbortSignal>();
  const gate = Promise.withResolvers<void>();
  const knobs = {
    readiness: { status: "ready", reasons: [] } as Readiness,
    role: "admin" as Role,
    addFault: undefined as unknown,
    callFault: undefined as unknown,
    actFault: undefined as unknown,
    acts: [] as unknown[][],
    hold: false,
    lastCall: undefined as Stage["lastCall"],
  };
  const act = async (name: string, ...asked: unknown[]): Promise<ServerView> => {
    if (knobs.actFault !== undefined) throw knobs.actFault;
    knobs.acts.push([name, ...asked]);
    return viewOf(name);
  };
  const access: Access = {
    ...door,
    peoplePrincipal(req) {
      const principal = door.peoplePrincipal(req);
      return isFault(principal) || principal.key !== undefined ? principal : { ...principal, role: knobs.role };
    },
  };
  const deps: PeopleDeps = {
    servers: {
      list: () => [...views.values()],
      get: (name) => views.get(name),
      async add(input) {
        if (knobs.addFault !== undefined) throw knobs.addFault;
        views.set(input.name, viewOf(input.name));
        return viewOf(input.name);
      },
      async remove(name) {
        views.delete(name);
      },
      act: (name, verb) => act(name, verb),
      chaos: (name, request) => act(name, request),
      async healthLog(name, limit) {
        knobs.acts.push([name, "health-log", limit]);
        return [LOG_ENTRY];
      },
      stderr: () => ["a line"],
    },
    cache: {
      report: () => CACHE_REPORT,
      async clear(selection, principal) {
        knobs.acts.push(["cache", selection, principal.id]);
        return 3;
      },
    },
    config: {
      show: () => ({ revision: 7, files: [], document: {}, changes: {}, warnings: [] }),
      revisions: async (limit) => {
        knobs.acts.push(["config", "revisions", limit]);
        return [];
      },
      patch: async (patch, ask, principal) => {
        knobs.acts.push(["config", patch, ask, principal.id]);
        return { revision: 8, changes: [], warnings: [] };
      },
      rollBack: async (n, ask, principal) => {
        knobs.acts.push(["config", n, ask, principal.id]);
        return { revision: 8, changes: [], warnings: [] };
      },
    },
    events: { page: async () => ({ items: [] }) },
    ...overviewDeps(knobs.acts),
    ...accessDeps(keys, knobs.acts),
    calls: {
      page: async () => ({ items: [recordOf()], next: "more" }),
      get: async (id) => (id === "c_1" ? recordOf() : undefined),
    },
    tools: () => [{ ...TOOL, inputSchema: { type: "object" }, annotations: {}, cache: UNCACHED }],
    async callTool(request, principal, signal) {
      knobs.lastCall = { request, principal };
      if (knobs.callFault !== undefined) throw knobs.callFault;
      if (knobs.hold) {
        call.resolve(signal);
        await gate.promise;
      }
      return CALL_ANSWER;
    },
    protection: () => ({
      level: "calm",
      shed: { call: 0 },
      retries: [{ server: "files", retries: 0, budgetRefusals: 0 }],
    }),
    health: () => HEALTH,
    readiness: () => knobs.readiness,
    metrics: () => TOTALS,
    bus,
    broadcaster,
    access,
    admission: { keepsAlive: () => true, refusal: () => undefined },
    front: (req, res) => void res.end(`front ${req.url}`),
    world,
    log,
  };
  const http = await openHttp(deps, settings);
  return Object.assign(knobs, {
    http,
    deps,
    settings,
    bus,
    broadcaster,
    errors,
    keys,
    held: () => call.promise,
    release: () => gate.resolve(),
    async close(graceMs = 60_000) {
      await http.close(graceMs);
      broadcaster.close();
    },
  });
}
