import assert from "node:assert/strict";
import { test } from "node:test";
import { view } from "#events/stage.fixture.ts";
import { settle } from "#lib/hand-world.ts";
import { AWAY, observed, STORED, stage } from "./gateway-store.fixture.ts";

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

test("a database that hangs at the very end is waited for a second, and no longer", async () => {
  const { memory, world, database, become, left } = stage();
  await become("ready");
  await memory.archive.takeEpoch();
  database.leave = () => new Promise(() => {});
  let isOver = false;
  void memory.close().then(() => {
    isOver = true;
  });
  await settle();
  world.advance(999);
  await settle();
  assert.deepEqual([left, isOver], [[["kept", 7]], false]);
  world.advance(1);
  await settle();
  assert.equal(isOver, true);
});
