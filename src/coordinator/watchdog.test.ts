import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, isDeaf } from "./fake-server.fixture.ts";
import { command, defined, type Stage, stage, started } from "./stage.fixture.ts";

/** Lets time pass until a loop was begun anew, and answers when that was; fails after an hour. */
async function revivedAt({ world, events }: Stage): Promise<number> {
  const revived = (): boolean =>
    events.some((event) => event.type === "health.observed" && event.eventType === "loop_restarted");
  while (!revived()) {
    assert.ok(world.now() < 3_600_000, "nobody noticed");
    await world.pass(100);
  }
  return world.now();
}

const revivals = ({ told }: Stage): number => told("files").filter((word) => word === "loop_restarted").length;

const SLOWEST = [
  // Three tries of the start limit and a minute for its place, and ten seconds to notice.
  [defined("files"), 3 * 10_000 + 60_000],
  [command("files"), 3 * 30_000 + 60_000],
] as const;
for (const [definition, limitMs] of SLOWEST) {
  test(`a connect over ${definition.transport.kind} that never ends is noticed, its process killed, and the loop begun anew`, async () => {
    const played = stage();
    const { world, coordinator, server, view } = played;
    server("files").handshake = isDeaf;
    coordinator.start();
    await coordinator.reconcile([definition]);
    const at = await revivedAt(played);
    assert.ok(at > limitMs && at <= limitMs + 10_000, `after ${at} ms`);
    server("files").handshake = answers;
    await world.pass(10_000);
    assert.deepEqual([view("files").status, server("files").connects.length, server("files").kills], ["up", 2, 1]);
    await world.pass(600_000);
    assert.equal(revivals(played), 1);
  });
}

test("a reconnect whose timer is lost is made up for within ten seconds", async () => {
  let loses = false;
  const played = await started([defined("files")], { loses: (ms) => loses && ms < 1_000 });
  const { world, coordinator, server, view } = played;
  coordinator.start();
  await world.pass(1_000);
  loses = true;
  server("files").link.lose();
  loses = false;
  const lostAt = world.now();
  const at = await revivedAt(played);
  assert.ok(at - lostAt <= 200 + 10_000, `after ${at - lostAt} ms`);
  await world.pass(1_000);
  assert.deepEqual([view("files").status, server("files").connects.length], ["up", 2]);
  await world.pass(600_000);
  assert.deepEqual([revivals(played), server("files").connects.length], [1, 2]);
});

test("probes whose timer is lost go on, over a new link, and the old one is closed", async () => {
  let loses = true;
  const played = await started([defined("files")], { loses: (ms) => loses && ms > 5_000 && ms < 15_000 });
  const { world, coordinator, server, view } = played;
  loses = false;
  coordinator.start();
  const before = server("files").link;
  const at = await revivedAt(played);
  assert.ok(at <= 12_000 + 5_000 + 10_000, `after ${at} ms`);
  await world.pass(1_000);
  assert.deepEqual([server("files").open.has(before), server("files").open.size], [false, 1]);
  await world.pass(60_000);
  assert.ok(server("files").probes.length >= 2);
  assert.deepEqual([view("files").status, revivals(played)], ["up", 1]);
});

test("a probe that never ends, not even when it is given up, is noticed too", async () => {
  const played = await started([defined("files")]);
  const { world, coordinator, server, view } = played;
  coordinator.start();
  server("files").probe = isDeaf;
  const at = await revivedAt(played);
  assert.ok(at <= 12_000 + 5_000 + 10_000, `after ${at} ms`);
  server("files").probe = answers;
  await world.pass(60_000);
  assert.deepEqual([view("files").status, revivals(played)], ["up", 1]);
});

test("a connect that ends after its loop was replaced is closed and tells nothing", async () => {
  const played = stage();
  const { world, coordinator, server, told } = played;
  const late = Promise.withResolvers<void>();
  server("files").handshake = () => late.promise;
  coordinator.start();
  await coordinator.reconcile([defined("files")]);
  await revivedAt(played);
  server("files").handshake = answers;
  await world.pass(10_000);
  told("files");
  assert.equal(server("files").open.size, 1);
  late.resolve();
  await world.pass(1_000);
  assert.deepEqual([server("files").open.size, told("files")], [1, []]);
});

test("a loop that was seen dead several times while the coordinator was busy is begun anew once", async () => {
  const played = await started([defined("files"), defined("slow")]);
  const { world, coordinator, server, view } = played;
  coordinator.start();
  server("files").probe = isDeaf;
  await world.pass(4_000);
  server("files").link.doubt();
  await world.pass(8_000);
  server("files").probe = answers;
  const ending = Promise.withResolvers<void>();
  server("slow").link.close = () => ending.promise;
  void coordinator.act("slow", "disable");
  await world.pass(9_000);
  assert.equal(revivals(played), 0, "its turn has not come");
  ending.resolve();
  await world.pass(60_000);
  assert.deepEqual([revivals(played), view("files").status, server("files").connects.length], [1, "up", 2]);
});

test("the breaker of a replaced loop stays as it is", async () => {
  const played = await started([defined("files", { breaker: { jitter: 0, openMs: 600_000, maxOpenMs: 600_000 } })]);
  const { world, coordinator, server, view, call } = played;
  coordinator.start();
  await world.pass(5_000);
  for (let count = 0; count < 5; count++) call("files", "fail");
  const { circuitRetryAt } = view("files");
  await world.pass(1_000);
  server("files").probe = isDeaf;
  await revivedAt(played);
  server("files").probe = answers;
  await world.pass(1_000);
  assert.deepEqual([view("files").circuitState, view("files").circuitRetryAt], ["open", circuitRetryAt]);
});

test("healthy loops are never begun anew, also not when this process stood still for a minute", async () => {
  const played = await started([defined("files"), command("local")]);
  const { world, coordinator } = played;
  coordinator.start();
  await world.pass(3_600_000);
  world.stall = 60_000;
  world.advance(60_000);
  world.stall = 0;
  await world.pass(60_000);
  const revived = played.events.filter(
    (event) => event.type === "health.observed" && event.eventType === "loop_restarted",
  );
  assert.deepEqual(revived, []);
});

test("the coordinator's own pass is a sign of life every half minute, and its work is counted", async () => {
  const played = await started([defined("files")]);
  const { world, coordinator } = played;
  coordinator.start();
  const { work } = coordinator;
  await world.pass(31_000);
  assert.ok(coordinator.work > work);
  assert.ok(world.now() - coordinator.heartbeatAt <= 30_000);
});
