import assert from "node:assert/strict";
import { test } from "node:test";
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

const AWAY = new Fault("STORE_UNAVAILABLE", "the database is away");
const STORED: ServerHealthRow = {
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

/** A database whose state and answers are set by hand, and a coordinator that shows what it took up. */
function stage() {
  const world = handWorld();
  const bus = createBus(silentLog);
  const batches: StoreBatch[] = [];
  const prepared: number[] = [];
  const left: unknown[] = [];
  const adopted: (readonly StoredCircuit[])[] = [];
  const database = {
    state: "waiting" as StoreState,
    definitions: (): Promise<void> => Promise.resolve(),
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
    epochs: { take: async () => ({ epoch: "kept", seq: 7 }), leave: async (...it: unknown[]) => void left.push(it) },
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
  const memory = new GatewayStore({ ...parts, log: silentLog });
  const become = async (state: StoreState): Promise<void> => {
    database.state = state;
    tellState(state);
    await settle();
  };
  const flush = async (): Promise<void> => {
    world.advance(FLUSH_MS);
    await settle();
  };
  return { bus, batches, prepared, left, adopted, database, memory, become, flush };
}

const observed = (of: ServerView): GatewayEvent => {
  const fact = { type: "health.observed", eventType: "connect_failed", message: "refused", latencyMs: null } as const;
  return { ...fact, at: 1, name: of.name, view: of };
};

test("what is stored is taken up before a first view is written, and nothing older overwrites it", async () => {
  const { bus, batches, adopted, database, become, flush } = stage();
  const slow = Promise.withResolvers<void>();
  database.definitions = () => slow.promise;
  bus.publish(observed({ ...view, status: "down" }));
  await flush();
  assert.deepEqual([batches.length, adopted.length], [0, 0]);
  await become("ready");
  await flush();
  assert.deepEqual([batches.length, adopted.length], [0, 1]);
  slow.resolve();
  await settle();
  await flush();
  const { name, circuitState, circuitRetryAt, circuitReason, failureCycles, consecutiveFailures } = STORED;
  const { autoDisabledAt, autoDisabledReason, enabledOverride } = STORED;
  const circuit = { name, circuitState, circuitRetryAt, circuitReason, failureCycles, consecutiveFailures };
  assert.deepEqual(adopted, [[{ ...circuit, autoDisabledAt, autoDisabledReason, enabledOverride }]]);
  assert.equal(batches.length, 1);
  const [row] = batches[0]?.servers ?? [];
  assert.partialDeepStrictEqual(row, { ...circuit, autoDisabledAt, autoDisabledReason, enabledOverride });
  assert.equal(row?.totalDowntimeSeconds, 100);
  assert.deepEqual(
    batches[0]?.healthLog.map(({ eventType }) => eventType),
    ["connect_failed"],
  );
});

test("it is taken up once, also when the database is lost in the middle of it", async () => {
  const { batches, adopted, database, become, flush, bus } = stage();
  database.definitions = () => {
    database.state = "lost";
    return Promise.reject(AWAY);
  };
  await become("ready");
  bus.publish(observed(view));
  await flush();
  assert.deepEqual([adopted.length, batches.length], [1, 0]);
  database.definitions = () => Promise.resolve();
  await become("ready");
  await become("lost");
  await become("ready");
  await flush();
  assert.equal(adopted.length, 1, "what was taken up twice would undo what has happened since");
  assert.equal(batches[0]?.servers[0]?.circuitState, "open");
});

test("views of before the adoption are not written, even when the database is lost just before its end", async () => {
  const { batches, database, become, flush, bus } = stage();
  bus.publish(observed(view));
  database.definitions = async () => {
    database.state = "lost";
  };
  await become("ready");
  database.state = "ready";
  await flush();
  assert.equal(batches[0]?.servers[0]?.circuitState, "open");
});

test("why the gateway gave a server up is kept as it was told, until the server is used again", async () => {
  const { bus, batches, become, flush } = stage();
  await become("ready");
  await flush();
  const given = { ...view, autoDisabledAt: 5, statusReason: "Given up by the gateway." };
  bus.publish({
    type: "server.auto_disabled",
    at: 5,
    name: "files",
    reason: "4 failed cycles",
    cycles: 4,
    view: given,
  });
  await flush();
  bus.publish(observed(given));
  await flush();
  bus.publish(observed(view));
  await flush();
  assert.deepEqual(
    batches.map(({ servers }) => servers[0]?.autoDisabledReason),
    ["3 failed cycles in a row", "4 failed cycles", "4 failed cycles", null],
  );
});

test("a server that went while no gateway ran is told as removed, once, and one that is still there is not", async () => {
  for (const defined of [[], ["files"]]) {
    const { bus, database, become } = stage();
    const told: string[] = [];
    bus.subscribe((event) => event.type === "server.removed" && told.push(event.name));
    database.defined = defined;
    await become("ready");
    await become("lost");
    await become("ready");
    assert.deepEqual(told, defined.length === 0 ? ["files"] : []);
  }
});

test("the day has its place before the first row of it is written", async () => {
  const { bus, prepared, batches, become, flush } = stage();
  await become("ready");
  bus.publish(observed(view));
  await flush();
  await flush();
  assert.deepEqual([prepared, batches.length > 0], [[0], true]);
});

test("numbered events are written under their epoch, and a clean stop leaves it to the next run", async () => {
  const { memory, batches, become, left } = stage();
  await become("ready");
  const { epoch, seq } = await memory.archive.takeEpoch();
  const event = { seq: seq + 1, at: 1, type: "ping", server: null, severity: null, data: {} } as const;
  memory.archive.append(epoch, event);
  await memory.close();
  assert.deepEqual(
    batches.flatMap(({ events }) => events),
    [{ epoch: "kept", ...event }],
  );
  assert.deepEqual(left, [["kept", 8]]);
});

test("a stop without a database leaves no epoch behind", async () => {
  const { memory, database, become, left } = stage();
  await become("ready");
  await memory.archive.takeEpoch();
  database.state = "lost";
  await memory.close();
  assert.deepEqual(left, []);
});
