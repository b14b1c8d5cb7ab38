// What is the gateway made of? The composition root: every part, in the order in which it starts, and nothing else.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createAccess } from "#access/access.ts";
import { loadAdminToken } from "#access/admin-token.ts";
import { createCallFactory } from "#calls/call.ts";
import { Ledger } from "#calls/ledger.ts";
import { createPipeline } from "#calls/pipeline.ts";
import { callTool } from "#calls/tool-call.ts";
import { openConfig } from "#config/config.ts";
import { Fault } from "#contract/fault.ts";
import { Coordinator } from "#coordinator/coordinator.ts";
import { Front } from "#downstream/front.ts";
import { LogLevels } from "#downstream/log-levels.ts";
import { Sessions } from "#downstream/sessions.ts";
import { createBroadcaster } from "#events/broadcaster.ts";
import { createBus } from "#events/bus.ts";
import { LIVE_DEFAULTS, type LiveSettings } from "#http/deps.ts";
import { openHttp } from "#http/server.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import type { Log } from "#lib/log.ts";
import { createScope } from "#lib/scope.ts";
import type { World } from "#lib/world.ts";
import { openStore } from "#store/store.ts";
import { createCatalog } from "#upstream/catalog.ts";
import { openConnection } from "#upstream/connection.ts";
import { createOpenTransport } from "#upstream/open-transport.ts";
import { peopleSide } from "./gateway-people.ts";
import { wireStore } from "./gateway-store.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

export interface Gateway {
  readonly url: string;
  /** The login link of a first run, to be shown once; null when the token existed or was given. */
  readonly loginLink: string | null;
  readonly serverCount: () => number;
  /** Resolves when the database is usable and every server had its first verdict, within bounds. */
  ready(): Promise<void>;
  reload(): Promise<void>;
  /** Finishes what runs (at most `graceMs`), accepts nothing new, stops every server, closes the database. */
  close(graceMs: number): Promise<void>;
}

/** Servers with remembered lists hold the ready line up at most this long; others until their first verdict or the cold bound. */
const WARM_WAIT_MS = 1_000;
const COLD_WAIT_MS = 10_000;
const RECORDS_PER_SECOND = 200;
const DRAINS_PER_SECOND = 4;

export interface GatewayDeps {
  readonly world: World;
  readonly log: Log;
  /** Folder of the built dashboard. */
  readonly dashboardDir: string;
}

export async function openGateway(settings: Settings, { world, log, dashboardDir }: GatewayDeps): Promise<Gateway> {
  const scope = createScope();
  try {
    const bus = createBus(log);
    const store = scope.own(
      await openStore({ url: settings.database.url, dataDir: settings.dataDir, log, world }),
      (it) => it.close(),
    );
    const { token, generated } = await loadAdminToken({ given: settings.adminToken, dataDir: settings.dataDir });
    const config = scope.own(
      await openConfig({
        files: settings.configFiles,
        env: settings.env,
        access: { allowCommands: false },
        store: store.servers,
        log: log.service("Config"),
        world,
      }),
      (it) => it.close(),
    );
    const { omni2 } = config.current().document;
    const identity = { name: "omni2", version: VERSION };

    const catalog = createCatalog();
    const ledger = new Ledger((omni2.journal?.callsPerSecond ?? RECORDS_PER_SECOND) / DRAINS_PER_SECOND);
    const openTransport = createOpenTransport({ world, log: log.service("Upstream") });
    const coordinator: Coordinator = scope.own(
      new Coordinator({
        world,
        log: log.service("MCP Coordinator"),
        catalog,
        connect: (definition, options) => openConnection(definition, { world, openTransport, identity }, options),
        publish: bus.publish,
        saveSnapshot: (server, snapshot, hash) => memory.saveSnapshot(server, snapshot, hash),
        latency: (server) => ledger.latency(server),
        onNotification: (server, { method, params }) => {
          if (method === "notifications/message") front.legacy.logMessage(server, params);
        },
      }),
      (it) => it.close(),
    );
    const memory = scope.own(wireStore({ store, config, coordinator, ledger, bus, world, log }), (it) => it.close());

    const definition = (server: string) => coordinator.supervisor(server)?.definition;
    const firstContact = async (server: string, signal: CancelSignal): Promise<void> => {
      await coordinator.supervisor(server)?.acquire(signal);
    };
    const factory = createCallFactory({ now: world.now, wall: world.wall, prefix: randomBytes(4).toString("hex") });
    const pipeline = createPipeline({
      world,
      catalog,
      definition,
      firstContact,
      line: (server) => coordinator.supervisor(server),
      onFinished: (record) => {
        ledger.finished(record);
        bus.publish({ type: "call.finished", at: record.at, record });
      },
      onBug: (err, callId) => log.error({ err, callId }, "A call met a bug"),
    });

    const access = createAccess(
      { bindHost: settings.host, adminToken: token, mcp: omni2.access?.mcp ?? "open", hosts: [], origins: [] },
      world,
    );
    const sessions = scope.own(new Sessions(world), (it) => it.close(stopping()));
    const logLevels = new LogLevels({
      catalog,
      send: async (server, level) => {
        const connection = coordinator.supervisor(server)?.connection();
        if (connection?.era === "legacy") await connection.call(setLevel(level));
      },
    });
    let draining = false;
    const front = new Front({
      world,
      log: log.service("MCP"),
      catalog,
      pipeline,
      factory,
      identity,
      firstContact,
      markResults: omni2.meta ?? true,
      sessions,
      logLevels,
      access,
      hasServer: (name) => definition(name) !== undefined,
      draining: () => draining,
    });

    const people = peopleSide({
      store,
      config,
      coordinator,
      catalog,
      ledger,
      sessions,
      world,
      draining: () => draining,
    });
    const broadcaster = scope.own(createBroadcaster({ snapshot: people.snapshot, bus, world }), (it) => it.close());
    const http = await openHttp(
      {
        ...people.deps(broadcaster),
        callTool: (request, principal, signal) =>
          callTool({ world, factory, pipeline }, request, { principal: principal.id, signal }),
        bus,
        broadcaster,
        access,
        front: (req, res) => front.handle(req, res),
        world,
        log: log.service("HTTP"),
      },
      { host: settings.host, port: settings.port, dashboardDir, live: liveSettings(omni2.live) },
    );
    log.service("WebSocket Broadcaster").info({ path: "/ws" }, "WebSocket Broadcaster started");

    bus.subscribe((event) => {
      if (event.type === "catalog.changed") front.legacy.listChanged(event.name, event.kinds);
      if (event.type === "health.observed" && event.eventType === "connected") logLevels.reapply(event.name);
      if (event.type === "server.removed") ledger.forget(event.name);
    });
    config.onChange(({ definitions }) => coordinator.reconcile(definitions));
    coordinator.start();
    await coordinator.reconcile(config.current().definitions);
    log.service("MCP Coordinator").info({ servers: coordinator.views().length }, "MCP Coordinator started");

    return {
      url: http.url,
      loginLink: generated ? `${http.url}/#token=${token}` : null,
      serverCount: () => coordinator.views().length,
      async ready() {
        await memory.adopted;
        await coordinator.settled(WARM_WAIT_MS, COLD_WAIT_MS);
      },
      async reload() {
        await config.reload();
      },
      async close(graceMs) {
        draining = true;
        await http.close(graceMs);
        await scope.close();
      },
    };
  } catch (error) {
    await scope.close().catch((err) => log.debug({ err }, "Closing after a failed start left errors behind"));
    throw error;
  }
}

const liveSettings = (given: Partial<Record<keyof LiveSettings, number | undefined>> = {}): LiveSettings => ({
  maxSockets: given.maxSockets ?? LIVE_DEFAULTS.maxSockets,
  perUser: given.perUser ?? LIVE_DEFAULTS.perUser,
  perAddress: given.perAddress ?? LIVE_DEFAULTS.perAddress,
});

export const dashboardFolder = (checkout: string): string => join(checkout, "web", "dist");

const stopping = (): Fault =>
  new Fault("DRAINING", "The gateway is stopping; connect again in a moment.", { retryAfterMs: 1_000 });

const setLevel = (level: string) => ({
  method: "logging/setLevel",
  params: { level },
  signal: AbortSignal.timeout(5_000),
});
