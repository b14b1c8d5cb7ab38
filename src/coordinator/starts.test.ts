import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "#lib/world.ts";
import { hangs } from "./fake-server.fixture.ts";
import { command, defined, stage, started } from "./stage.fixture.ts";
import { seededDice } from "./stepped-world.fixture.ts";

const named = (count: number): string[] => Array.from({ length: count }, (_, at) => `server${at}`);

test("at most four servers start at the same moment, and all of them start", async () => {
  const { world, coordinator, server } = stage();
  let starting = 0;
  let most = 0;
  for (const name of named(20)) {
    server(name).handshake = async () => {
      most = Math.max(most, ++starting);
      await sleep(world, 900);
      starting--;
    };
  }
  await coordinator.reconcile(named(20).map((name) => command(name)));
  await world.pass(4_400);
  assert.deepEqual([most, coordinator.views().filter(({ status }) => status === "up").length], [4, 16]);
  await world.pass(200);
  assert.ok(coordinator.views().every(({ status }) => status === "up"));
});

test("servers that hang at their start give their place up after a second and go on starting", async () => {
  const { world, coordinator, server, view } = stage();
  const hung = named(8);
  for (const name of hung) server(name).handshake = hangs;
  await coordinator.reconcile([...hung.map((name) => command(name)), command("quick")]);
  await world.pass(2_100);
  assert.equal(view("quick").status, "up");
  assert.ok(hung.every((name) => view(name).link === "connecting"));
});

test("a server that is removed while it waits for its place never starts", async () => {
  const { world, coordinator, server } = stage();
  for (const name of named(4)) server(name).handshake = hangs;
  await coordinator.reconcile([...named(4), "late"].map((name) => command(name)));
  await world.pass(500);
  const removed = coordinator.reconcile(named(4).map((name) => command(name)));
  await world.pass(10_000);
  await removed;
  assert.equal(server("late").connects.length, 0);
});

test("after a thousand reconnects there is one loop, one link, and not one timer more", async () => {
  const { world, server, view } = await started([defined("files", { breaker: { failures: 100_000 } })]);
  const files = server("files");
  await world.pass(60_000);
  const { timers } = world;
  for (let loss = 1; loss <= 1_000; loss++) {
    files.link.lose();
    await world.pass(61_000);
    assert.equal(files.open.size, 1);
  }
  assert.deepEqual([files.connects.length, world.timers, view("files").status], [1_001, timers, "up"]);
  const before = files.probes.length;
  await world.pass(600_000);
  assert.ok(files.probes.length - before <= 600_000 / 16_000, `${files.probes.length - before} probes in ten minutes`);
});

test("a server in steady use is hardly probed, an idle one half as often as one in use would be", async () => {
  const { world, server, supervisor } = await started([defined("used"), defined("idle")], { dice: seededDice() });
  for (let second = 0; second < 3_600; second++) {
    supervisor("used").noteActivity();
    await world.pass(1_000);
  }
  const [used, idle] = [server("used").probes.length, server("idle").probes.length];
  assert.ok(idle >= 3_600 / 24 && idle <= 3_600 / 16 + 5, `${idle} probes of the idle one in an hour`);
  assert.ok(used <= idle / 10, `${used} probes of the used one`);
});

test("two servers that started together are not probed together", async () => {
  const { world, server } = await started([defined("one"), defined("two")], { dice: seededDice(7) });
  await world.pass(3_600_000);
  const [one, two] = [server("one").probes, server("two").probes];
  const together = one.filter((time) => two.some((other) => Math.abs(other - time) < 100));
  assert.ok(one.length > 100 && together.length <= one.length / 20, `${together.length} of ${one.length}`);
});

test("servers that are lost together do not come back together", async () => {
  const names = named(10);
  const { world, server } = await started(
    names.map((name) => defined(name)),
    { dice: seededDice(3) },
  );
  for (const name of names) server(name).link.lose();
  await world.pass(1_000);
  const times = new Set(names.map((name) => Math.round(server(name).connects[1] as number)));
  assert.ok(times.size >= 8, `${[...times]}`);
});

test("a server has at most one probe under way, however many ask for one", async () => {
  const { world, coordinator, server } = await started([defined("files")]);
  let out = 0;
  let most = 0;
  server("files").probe = async () => {
    most = Math.max(most, ++out);
    await sleep(world, 500);
    out--;
  };
  for (let asked = 0; asked < 50; asked++) {
    void coordinator.act("files", "probe");
    server("files").link.doubt();
    await world.pass(20);
  }
  assert.equal(most, 1);
  assert.ok(server("files").probes.length <= 3);
});
