// What is the gateway made of? The composition root: every part in the order in which it starts, and nothing else.
// foundations -> upstreams -> calls -> front -> people -> listening.
import { randomBytes } from "node:crypto";
import { forgetAdminToken, loadAdminToken } from "#access/admin-token.ts";
import { Admission } from "#calls/admission.ts";
import { Bulkheads } from "#calls/bulkhead.ts";
import { createCallFactory } from "#calls/call.ts";
import { Chaos } from "#calls/chaos.ts";
import { Ledger } from "#calls/ledger.ts";
import { createPipeline } from "#calls/pipeline.ts";
import { Retries } from "#calls/retry.ts";
import { openConfig } from "#config/config.ts";
import { readConfiguration } from "#config/read.ts";
import { Coordinator } from "#coordinator/coordinator.ts";
import { createBus } from "#events/bus.ts";
import type { OpenHttp } from "#http/server.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import type { Log } from "#lib/log.ts";
import { createPressureGauge } from "#lib/pressure.ts";
import { createScope, type Scope } from "#lib/scope.ts";
import type { World } from "#lib/world.ts";
import { openStore } from "#store/store.ts";
import { createCatalog } from "#upstream/catalog.ts";
import { openConnection } from "#upstream/connection.ts";
import { createOpenTransport } from "#upstream/open-transport.ts";
import { cacheFacts, createToolCache, emptyOnEvents } from "./gateway-cache.ts";
import { announceRevisions, recordBudget } from "./gateway-config.ts";
import { Discoveries } from "./gateway-discovery.ts";
import { createMcpSide, type McpSide } from "./gateway-mcp.ts";
import type { Calls, Foundations, Layers, Upstreams } from "./gateway-parts.ts";
import { openPeopleSide } from "./gateway-people.ts";
import { drillEnded } from "./gateway-servers.ts";
import { GatewayStore } from "./gateway-store.ts";
import type { Settings } from "./settings.ts";
import { IDENTITY } from "./version.ts";

export interface Gateway {
  readonly url: string;
  /** The login link of a first run, to be shown once; null when the token existed or was given. */
  readonly loginLink: string | null;
  readonly serverCount: () => number;
  /** Resolves when the database is usable and every server had its first verdict, within bounds. */
  ready(): Promise<void>;
  reload(): Promise<void>;
  /** Lets no new call in. Resolves when the last has ended, or after `graceMs`, with the number of calls that still run. */
  drain(graceMs: number): Promise<number>;
  /** Stops every server and closes the database; servers that have not ended in time are killed. */
  close(withinMs: number): Promise<void>;
}

export interface GatewayDeps {
  readonly world: World;
  readonly log: Log;
  /** Folder of the built dashboard. */
  readonly dashboardDir: string;
}

/** Servers with remembered lists hold the ready line up at most this long; others until their first verdict or the cold bound. */
const WARM_WAIT_MS = 1_000;
const COLD_WAIT_MS = 10_000;
/** Servers are killed so long before the time of a close is up, in milliseconds: their end and the database's take some. */
const KILL_BEFORE_MS = 3_500;
/** The embedded database, if it does not end by itself: so that nothing of us outlives us. */
const KILL_STORE_BEFORE_MS = 1_000;
/** Complete answers may take so long to reach their callers, in milliseconds. */
const HAND_OVER_MS = 3_000;

/** Opens everything, or throws the Fault that prevents it and leaves nothing open. */
export async function openGateway(settings: Settings, deps: GatewayDeps): Promise<Gateway> {
  const scope = createScope();
  const { log } = deps;
  let foundations: Foundations | undefined;
  try {
    foundations = await openFoundations(settings, deps, scope);
    const layers: Layers = createLayers(foundations, scope, () => upstreams.coordinator);
    const upstreams: Upstreams = createUpstreams(foundations, layers, scope);
    const calls = createCalls(foundations, upstreams, layers);
    const mcp = createMcpSide(settings, foundations, { ...upstreams, ...calls, ...layers, scope });
    const service = { ...foundations, log: log.service("Discovery") };
    const discoveries = scope.own(new Discoveries(service), (it) => it.close());
    const { dashboardDir } = deps;
    const served = { ...upstreams, ...calls, ...layers, ...mcp, discoveries, scope, dashboardDir };
    const http = await openPeopleSide(settings, foundations, served);
    return await run(foundations, { ...served, http });
  } catch (error) {
    await scope.close().catch((err) => log.debug({ err }, "Closing after a failed start left errors behind"));
    if (foundations?.adminToken.generated) await forgetAdminToken(settings.dataDir);
    throw error;
  }
}

async function openFoundations(settings: Settings, { world, log }: GatewayDeps, scope: Scope): Promise<Foundations> {
  const { database, dataDir, adminToken, configFiles, env } = settings;
  // A broken file is told before anything is opened or made.
  await readConfiguration(configFiles, env);
  const bus = createBus(log);
  const store = scope.own(await openStore({ url: database.url, dataDir, log, world }), (it) => it.close());
  const token = await loadAdminToken({ given: adminToken, dataDir });
  const kept = { definitions: store.servers, revisions: store.revisions };
  const config = scope.own(
    await openConfig({ files: configFiles, env, store: kept, log: log.service("Config"), world }),
    (it) => it.close(),
  );
  announceRevisions(config, bus);
  return {
    world,
    log,
    bus,
    store,
    config,
    adminToken: token,
    environment: env,
    gateway: randomBytes(8).toString("hex"),
  };
}

/** The layers that coordinator and people look into; they ask for a server's limits when a call comes. */
function createLayers(foundations: Foundations, scope: Scope, coordinator: () => Coordinator): Layers {
  const { world, log, bus } = foundations;
  const admission = scope.own(
    new Admission({ world, log: log.service("Overload"), measure: createPressureGauge(world) }),
    (it) => it.close(),
  );
  const chaos = new Chaos({
    world,
    onEnded: (server) => drillEnded({ bus, world, coordinator: coordinator() }, server),
  });
  const limits = (server: string) => coordinator().supervisor(server)?.definition.limits;
  const toolCache = scope.own(createToolCache(foundations, admission), (it) => it.close());
  return { admission, toolCache, chaos, bulkheads: new Bulkheads({ world, limits }), retries: new Retries({ world }) };
}

function createUpstreams(foundations: Foundations, layers: Layers, scope: Scope): Upstreams {
  const { world, log, bus, store, config, environment, gateway } = foundations;
  const catalog = createCatalog();
  const ledger = new Ledger(recordBudget(config.current()));
  config.onChange((next) => {
    ledger.budget = recordBudget(next);
  });
  const openTransport = createOpenTransport({ world, log: log.service("Upstream"), environment, gateway });
  const coordinator = scope.own(
    new Coordinator({
      world,
      log: log.service("MCP Coordinator"),
      catalog,
      connect: (definition, options) =>
        openConnection(definition, { world, openTransport, identity: IDENTITY }, options),
      publish: bus.publish,
      callFacts: (server) => ({
        latency: ledger.latency(server),
        load: layers.bulkheads.load(server),
        chaos: layers.chaos.of(server),
        cache: cacheFacts(layers.toolCache.countsOf(server)),
      }),
      busy: () => layers.admission.shedding && layers.admission.refusal("background") !== undefined,
    }),
    (it) => it.close(),
  );
  const memory = scope.own(new GatewayStore({ store, config, coordinator, catalog, ledger, bus, world, log }), (it) =>
    it.close(),
  );
  return { catalog, ledger, coordinator, memory };
}

function createCalls({ world, log, bus }: Foundations, upstreams: Upstreams, layers: Layers): Calls {
  const { catalog, ledger, coordinator } = upstreams;
  const firstContact = async (server: string, signal: CancelSignal): Promise<void> => {
    await coordinator.supervisor(server)?.firstContact(signal);
  };
  const pipeline = createPipeline({
    world,
    catalog,
    definition: (server) => coordinator.supervisor(server)?.definition,
    firstContact,
    line: (server) => coordinator.supervisor(server),
    circuit: (server) => coordinator.supervisor(server)?.circuit,
    ...layers,
    onFinished: (record) => {
      ledger.finished(record);
      bus.publish({ type: "call.finished", at: record.at, record });
    },
    onBug: (err, callId) => log.error({ err, callId }, "A call met a bug"),
  });
  const prefix = randomBytes(4).toString("hex");
  return { firstContact, pipeline, factory: createCallFactory({ now: world.now, wall: world.wall, prefix }) };
}

interface RunningParts extends Upstreams, McpSide, Layers {
  readonly discoveries: Pick<Discoveries, "close" | "kill">;
  readonly http: OpenHttp;
  readonly scope: Scope;
}

async function run({ world, log, bus, store, config, adminToken }: Foundations, parts: RunningParts): Promise<Gateway> {
  const { coordinator, catalog, memory, ledger, front, logLevels, http, scope } = parts;
  const { discoveries, admission, toolCache, bulkheads, retries, chaos } = parts;
  bus.subscribe(emptyOnEvents(toolCache, catalog));
  bus.subscribe((event) => {
    if (event.type === "catalog.changed") front.legacy.listChanged(event.name, event.kinds);
    if (event.type === "log.received") front.legacy.logMessage(event.name, event.params);
    if (event.type === "health.observed" && event.eventType === "connected") logLevels.reapply(event.name);
    if (event.type === "server.removed") {
      ledger.forget(event.name);
      bulkheads.forget(event.name);
      retries.forget(event.name);
      chaos.stop(event.name);
      front.legacy.listChanged(event.name, ["tools", "prompts", "resources"]);
    }
  });
  config.onChange(({ definitions }) => coordinator.reconcile(definitions));
  await coordinator.reconcile(config.current().definitions);
  coordinator.start();
  log.service("MCP Coordinator").info({ servers: coordinator.views().length }, "MCP Coordinator started");
  return {
    url: http.url,
    loginLink: adminToken.generated ? `${http.url}/#token=${adminToken.token}` : null,
    serverCount: () => coordinator.views().length,
    async ready() {
      await memory.adopted;
      await coordinator.settled(WARM_WAIT_MS, COLD_WAIT_MS);
    },
    async reload() {
      await config.reload();
    },
    drain(graceMs) {
      front.legacy.endStreams();
      http.drain();
      void discoveries.close();
      return admission.drain(graceMs);
    },
    async close(withinMs) {
      const cancels = [
        world.after(Math.max(0, withinMs - KILL_BEFORE_MS), () => {
          coordinator.kill();
          discoveries.kill();
        }),
        world.after(Math.max(0, withinMs - KILL_STORE_BEFORE_MS), () => store.kill()),
      ];
      // No call runs any more: the servers end while the last answers are on their way.
      await Promise.all([coordinator.close(), http.close(Math.min(HAND_OVER_MS, withinMs / 2))]);
      await scope.close().finally(() => {
        for (const cancel of cancels) cancel();
      });
    },
  };
}
