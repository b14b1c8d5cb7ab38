// Which part of the gateway is under test? Coordinator, catalog and the call layers, put together as the composition root does.
import { Bulkheads } from "../../src/calls/bulkhead.ts";
import { ToolCache } from "../../src/calls/cache/tool-cache.ts";
import { type Answerer, type CallFactory, createCallFactory, type Handler } from "../../src/calls/call.ts";
import { Chaos } from "../../src/calls/chaos.ts";
import { createPipeline } from "../../src/calls/pipeline.ts";
import { Retries } from "../../src/calls/retry.ts";
import type { GatewayEvent } from "../../src/contract/event.ts";
import { Coordinator } from "../../src/coordinator/coordinator.ts";
import { Broadcaster } from "../../src/events/broadcaster.ts";
import { emptyOnEvents } from "../../src/gateway-cache.ts";
import { silentLog } from "../../src/lib/log.ts";
import { createCatalog } from "../../src/upstream/catalog.ts";
import { fakeConnect } from "./fake-connect.ts";
import type { FakeServer } from "./fake-server.ts";
import { FakeArchive } from "./live-truth.ts";
import type { Dice } from "./random.ts";
import type { VirtualWorld } from "./virtual-world.ts";
import type { Watch } from "./watch.ts";

export interface GatewayPart {
  readonly coordinator: Coordinator;
  readonly pipeline: Answerer;
  readonly factory: CallFactory;
  readonly toolCache: ToolCache;
  readonly broadcaster: Broadcaster;
}

const NO_METRICS = { calls: 0, faults: 0, sessions: 0, uptimeMs: 0, rssBytes: 0 };

export interface GatewayPartDeps {
  readonly world: VirtualWorld;
  readonly watch: Watch;
  readonly dice: Dice;
  readonly server: (name: string) => FakeServer;
}

export function openGatewayPart({ world: virtual, watch, dice, server }: GatewayPartDeps): GatewayPart {
  const world = virtual.view("coordinator", dice.stream("coordinator"));
  const callWorld = virtual.view("calls", dice.stream("calls"));
  const catalog = createCatalog();
  const listeners = new Set<(event: GatewayEvent) => void>();
  const coordinator = new Coordinator({
    world,
    log: silentLog,
    catalog,
    connect: (definition, options) => fakeConnect(server(definition.name), definition, { world, options }),
    publish(event) {
      emptyCache(event);
      watch.published(event);
      for (const listener of listeners) listener(event);
      if (event.type !== "server.removed") return;
      bulkheads.forget(event.name);
      retries.forget(event.name);
    },
    callFacts: (name) => ({
      latency: null,
      load: bulkheads.load(name),
      chaos: null,
      cache: { hits: 0, misses: 0, hitRate: 0 },
    }),
    busy: () => false,
  });
  const bulkheads = new Bulkheads({
    world: callWorld,
    limits: (name) => coordinator.supervisor(name)?.definition.limits,
  });
  const retries = new Retries({ world: callWorld });
  const cacheDice = dice.stream("cache");
  const toolCache = new ToolCache({
    world: callWorld,
    log: silentLog,
    limits: { maxEntries: cacheDice.pick([20, 200, 1_000]) },
    onInvalidated: () => {},
    isTight: () => cacheDice.chance(0.05),
  });
  const emptyCache = emptyOnEvents(toolCache, catalog);
  const chaos = new Chaos({ world: callWorld, onEnded: () => {} });
  const pipeline = createPipeline({
    world: callWorld,
    catalog,
    definition: (name) => coordinator.supervisor(name)?.definition,
    firstContact: async (name, signal) => coordinator.supervisor(name)?.firstContact(signal),
    line: (name) => coordinator.supervisor(name),
    circuit: (name) => coordinator.supervisor(name)?.circuit,
    admission: { layer: (next) => next },
    toolCache: watch.cacheCounter.observe(toolCache),
    bulkheads,
    retries,
    chaos: { layer: (next) => chaos.layer(named(next)) },
    onFinished: (record) => watch.finished(record),
    onBug: () => {},
  });
  const factory = createCallFactory({ now: callWorld.now, wall: callWorld.wall, prefix: "s" });
  const live = dice.stream("live");
  const broadcaster = new Broadcaster({
    snapshot: () => ({ ready: true, servers: coordinator.views(), metrics: NO_METRICS }),
    bus: {
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    world: virtual.view("live", live),
    log: silentLog,
    maySee: () => "all",
    archive: live.chance(0.8) ? new FakeArchive(watch, live) : null,
    ring: { events: live.pick([20, 200, 1_000]), chars: 4 * 1024 * 1024 },
  });
  return { coordinator, pipeline, factory, toolCache, broadcaster };
}

/** Tells the server which call it is, in words that no layer heeds. */
const named =
  (next: Handler): Handler =>
  (call) => {
    call.via = call.id;
    return next(call);
  };
