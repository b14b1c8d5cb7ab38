// What do people get to see and do? The running parts, read and steered through the interfaces that the people's side declares.

import type { Admission } from "#calls/admission.ts";
import type { ToolCache } from "#calls/cache/tool-cache.ts";
import type { Ledger } from "#calls/ledger.ts";
import type { Retries } from "#calls/retry.ts";
import { callTool } from "#calls/tool-call.ts";
import type { Config } from "#config/config.ts";
import type { HealthAnswer } from "#contract/api.ts";
import { type ServerView, STATUSES, type Status } from "#contract/upstream.ts";
import type { Sessions } from "#downstream/sessions.ts";
import { Broadcaster, type LiveSnapshot } from "#events/broadcaster.ts";
import { LIVE_DEFAULTS, type LiveSettings, type PeopleDeps, type Protection } from "#http/deps.ts";
import { type OpenHttp, openHttp } from "#http/server.ts";
import { residentBytes } from "#lib/pressure.ts";
import type { Scope } from "#lib/scope.ts";
import { maySee } from "#policy/access.ts";
import type { Store } from "#store/store.ts";
import type { Catalog } from "#upstream/catalog.ts";
import { AuditTrail } from "./gateway-audit.ts";
import { peopleCache } from "./gateway-cache.ts";
import { peopleCalls, peopleEvents } from "./gateway-calls.ts";
import { peopleConfig } from "./gateway-config.ts";
import type { Discoveries } from "./gateway-discovery.ts";
import { openAccessSide } from "./gateway-keys.ts";
import type { McpSide } from "./gateway-mcp.ts";
import { openOverview } from "./gateway-overview.ts";
import type { Calls, Foundations, Layers, Upstreams } from "./gateway-parts.ts";
import { type PeopleServersDeps, peopleServers } from "./gateway-servers.ts";
import type { GatewayStore } from "./gateway-store.ts";
import { toolView } from "./gateway-tools.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

interface PeopleSideDeps extends PeopleServersDeps {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly sessions: Sessions;
  readonly memory: GatewayStore;
  readonly admission: Admission;
  readonly retries: Retries;
  readonly toolCache: ToolCache;
  readonly draining: () => boolean;
}

interface PeopleSide {
  snapshot(): LiveSnapshot;
  deps(
    broadcaster: Broadcaster,
  ): Pick<
    PeopleDeps,
    "servers" | "cache" | "config" | "calls" | "events" | "tools" | "health" | "readiness" | "protection" | "metrics"
  >;
}

function peopleSide(parts: PeopleSideDeps): PeopleSide {
  const { coordinator, catalog, world } = parts;
  const startedAt = world.now();
  const metrics: PeopleDeps["metrics"] = () => ({
    calls: parts.ledger.calls,
    faults: parts.ledger.faults,
    sessions: parts.sessions.size,
    uptimeMs: Math.round(world.now() - startedAt),
    rssBytes: residentBytes(),
  });
  return {
    snapshot: () => ({
      ready: parts.store.state === "ready",
      servers: coordinator.views(),
      metrics: { ...metrics(), cache: parts.toolCache.counts() },
    }),
    deps: (broadcaster) => ({
      servers: peopleServers(parts),
      cache: peopleCache(parts),
      config: peopleConfig(parts),
      calls: peopleCalls(parts),
      events: peopleEvents(parts, broadcaster),
      tools: () => catalog.tools().map((tool) => toolView(tool, coordinator.supervisor(tool.server)?.definition)),
      health: () => health(parts, broadcaster),
      readiness: () => readiness(parts),
      protection: () => protection(parts),
      metrics,
    }),
  };
}

function countStatuses(views: readonly ServerView[]): HealthAnswer["servers"] {
  const zero = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of views) zero[status]++;
  return { total: views.length, ...zero };
}

function health(parts: PeopleSideDeps, broadcaster: Broadcaster): HealthAnswer {
  const { coordinator, store, world, memory, admission, toolCache } = parts;
  const servers = countStatuses(coordinator.views());
  const vitals = broadcaster.vitals();
  const troubled = servers.down + servers.degraded + servers.recovering > 0 || store.state === "lost";
  const { status } = readiness(parts);
  return {
    status: status === "ready" ? (troubled ? "degraded" : "ok") : status,
    version: VERSION,
    database: store.state,
    servers,
    components: {
      coordinator: { heartbeatAgeMs: Math.round(world.now() - coordinator.heartbeatAt), work: coordinator.work },
      cache: { heartbeatAgeMs: Math.round(world.now() - toolCache.heartbeatAt), work: toolCache.work },
      broadcaster: { heartbeatAgeMs: Math.round(world.now() - vitals.heartbeatAt), work: vitals.seq },
      journal: { heartbeatAgeMs: Math.round(world.now() - memory.heartbeatAt), work: memory.work },
      overload: { heartbeatAgeMs: Math.round(world.now() - admission.heartbeatAt), work: admission.work },
    },
  };
}

const protection = ({ coordinator, admission, retries }: PeopleSideDeps): Protection => ({
  level: admission.level,
  shed: { ...admission.shed },
  retries: coordinator.views().map(({ name: server }) => ({ server, ...retries.counts(server) })),
});

function readiness({ store, draining }: PeopleSideDeps): ReturnType<PeopleDeps["readiness"]> {
  if (draining()) return { status: "draining", reasons: ["The gateway is stopping."] };
  if (store.state === "ready") return { status: "ready", reasons: [] };
  return { status: "starting", reasons: [store.reason ?? "The database is not ready."] };
}

export type PeopleParts = Upstreams &
  Calls &
  Layers &
  McpSide & { readonly discoveries: Discoveries; readonly scope: Scope; readonly dashboardDir: string };

/** Opens the one HTTP listener with everything for people on it, and the front for MCP before it. */
export async function openPeopleSide(
  settings: Settings,
  foundations: Foundations,
  parts: PeopleParts,
): Promise<OpenHttp> {
  const { world, log, bus, config, store } = foundations;
  const { access, front, drain, factory, pipeline, dashboardDir } = parts;
  const audit = parts.scope.own(new AuditTrail({ store, world, log: log.service("Audit") }), (it) => it.close());
  const people = peopleSide({ ...parts, bus, store, config, audit, world, draining: () => drain.started });
  const broadcaster = parts.scope.own(
    new Broadcaster({
      snapshot: people.snapshot,
      bus,
      world,
      maySee,
      archive: parts.memory.archive,
      log: log.service("WebSocket Broadcaster"),
    }),
    (it) => it.close(),
  );
  const http = await openHttp(
    {
      ...people.deps(broadcaster),
      ...openOverview(foundations, { ...parts, broadcaster, audit }),
      ...openAccessSide({ ...parts, store, world, log, audit }),
      callTool: (request, { id }, signal) => callTool({ world, factory, pipeline }, request, { principal: id, signal }),
      bus,
      broadcaster,
      access,
      admission: parts.admission,
      front: (req, res) => front.handle(req, res),
      world,
      log: log.service("HTTP"),
    },
    {
      host: settings.host,
      port: settings.port,
      dashboardDir,
      live: liveSettings(config),
    },
  );
  log.service("WebSocket Broadcaster").info({ path: "/ws" }, "WebSocket Broadcaster started");
  return http;
}

/** As they are now: whoever asks one later gets what is configured then. */
function liveSettings(config: Pick<Config, "current">): LiveSettings {
  const now = (name: keyof LiveSettings): number => config.current().document.omni2.live?.[name] ?? LIVE_DEFAULTS[name];
  return {
    get maxSockets() {
      return now("maxSockets");
    },
    get perUser() {
      return now("perUser");
    },
    get perAddress() {
      return now("perAddress");
    },
    get newPerSecond() {
      return now("newPerSecond");
    },
  };
}
