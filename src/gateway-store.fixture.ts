// What do the tests of what the gateway writes down stand on? A database whose state and answers are set by hand, and a coordinator
// that shows what it took up.
import { Ledger } from "#calls/ledger.ts";
import type { Config } from "#config/config.ts";
import type { GatewayEvent } from "#contract/event.ts";
import { Fault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { StoredCircuit } from "#coordinator/stored.ts";
import { createBus } from "#events/bus.ts";
import { FLUSH_MS } from "#events/journal.ts";
import { view } from "#events/stage.fixture.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { silentLog } from "#lib/log.ts";
import type { Store, StoreState } from "#store/store.ts";
import type { ServerHealthRow } from "#store/tables/servers.ts";
import type { StoreBatch } from "#store/write.ts";
import { createCatalog } from "#upstream/catalog.ts";
import { GatewayStore } from "./gateway-store.ts";

export const AWAY = new Fault("STORE_UNAVAILABLE", "the database is away");
export const STORED: ServerHealthRow = {
  name: "files",
  status: "down",
  statusReason: null,
  link: "closed",
  health: "unhealthy",
  circuitState: "open",
  circuitRetryAt: 1_700_000_060_000,
  circuitReason: "5 failures in a row",
  consecutiveFailures: 5,
  failureCycles: 2,
  lastProbeAt: null,
  lastRecoveryAt: null,
  totalDowntimeSeconds: 100,
  autoDisabledAt: 1_700_000_000_000,
  autoDisabledReason: "3 failed cycles in a row",
  enabledOverride: false,
};

/** All parts, and hands on the time and on the state of the database. */
export function stage() {
  const world = handWorld();
  const bus = createBus(silentLog);
  const batches: StoreBatch[] = [];
  const prepared: number[] = [];
  const left: unknown[] = [];
  const adopted: (readonly StoredCircuit[])[] = [];
  const database = {
    state: "waiting" as StoreState,
    definitions: (): Promise<void> => Promise.resolve(),
    /** How the end of an epoch is taken. */
    leave: (): Promise<void> => Promise.resolve(),
    defined: ["files"],
  };
  let running: ServerView = view;
  let tellState: (state: StoreState) => void = () => {};
  const store = {
    get state() {
      return database.state;
    },
    onState(listener: (state: StoreState) => void) {
      tellState = listener;
      return () => {};
    },
    servers: { loadHealth: async () => [STORED], syncDefinitions: async () => {} },
    catalogs: { loadAll: async () => [] },
    partitions: { prepare: async () => void prepared.push(batches.length), dropBefore: async () => 0 },
    callMinutes: { prune: async () => 0 },
    epochs: {
      take: async () => ({ epoch: "kept", seq: 7 }),
      leave(...it: unknown[]) {
        left.push(it);
        return database.leave();
      },
    },
    write: async (batch: StoreBatch) => void batches.push(batch),
  } as unknown as Store;
  const config = {
    onChange: () => () => {},
    adoptStored: () => database.definitions(),
    current: () => ({
      definitions: database.defined.map((name) => ({ name, transport: { kind: "stdio" } })),
      document: { omni2: {} },
    }),
  } as unknown as Config;
  const coordinator = {
    views: () => [running],
    adoptSnapshot() {},
    adoptStored(rows: readonly StoredCircuit[]) {
      adopted.push(rows);
      for (const { name, ...circuit } of rows) {
        const { autoDisabledReason, ...shown } = circuit;
        running = { ...running, name, ...shown, statusReason: `given up: ${autoDisabledReason}` };
      }
    },
  };
  const parts = { store, config, coordinator, catalog: createCatalog(), ledger: new Ledger(1), bus, world };
  const warnings: string[] = [];
  const memory = new GatewayStore({ ...parts, log: { ...silentLog, warn: (_fields, text) => warnings.push(text) } });
  const become = async (state: StoreState): Promise<void> => {
    database.state = state;
    tellState(state);
    await settle();
  };
  const flush = async (): Promise<void> => {
    world.advance(FLUSH_MS);
    await settle();
  };
  return { bus, world, batches, prepared, left, adopted, database, memory, become, flush, warnings };
}

export const observed = (of: ServerView): GatewayEvent => {
  const fact = { type: "health.observed", eventType: "connect_failed", message: "refused", latencyMs: null } as const;
  return { ...fact, at: 1, name: of.name, view: of };
};
