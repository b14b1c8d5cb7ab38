import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, fails, hangs, refused, unauthorized } from "./fake-server.fixture.ts";
import { defined, started } from "./stage.fixture.ts";

/** Its breaker stays out of the way. */
const PATIENT = { breaker: { failures: 1_000, failureRatio: 2 } };
const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, at) => time - (times[at] as number));

test("a server starts, is probed while it lives, and is listed", async () => {
  const { world, server, view, told, catalog } = await started([defined("files")]);
  assert.deepEqual(told("files"), ["server.added", "connected", "status up", "catalog.changed"]);
  const { status, link, health, circuitState, tools } = view("files");
  assert.deepEqual([status, link, health, circuitState, tools], ["up", "connected", "healthy", "closed", 1]);
  assert.equal(catalog.toolCount("files"), 1);
  await world.pass(60_000);
  assert.ok(server("files").probes.length >= 3, `${server("files").probes.length} probes in a minute`);
  assert.deepEqual(told("files"), []);
});

test("a server that cannot be reached is tried again after 200 ms, then after twice as long each time, up to a minute", async () => {
  const { world, server, coordinator, view } = await started([], { dice: 0.999_999 });
  server("files").handshake = fails(refused);
  await coordinator.reconcile([defined("files", PATIENT)]);
  await world.pass(400_000);
  const waits = gaps(server("files").connects);
  assert.deepEqual(waits.slice(0, 10), [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000]);
  assert.ok(waits.slice(9).every((wait) => wait === 60_000));
  const { link, status, nextAttemptAt, attempt, lastFailure } = view("files");
  assert.deepEqual([link, status, attempt], ["closed", "down", waits.length + 1]);
  assert.ok(nextAttemptAt !== null && nextAttemptAt > world.wall());
  assert.match(lastFailure?.message ?? "", /connection refused/);
});

test("the waits are shortened by chance, to half at most", async () => {
  const { world, server, coordinator } = await started([], { dice: 0 });
  server("files").handshake = fails(refused);
  await coordinator.reconcile([defined("files", PATIENT)]);
  await world.pass(2_000);
  assert.deepEqual(gaps(server("files").connects), [100, 200, 400, 800]);
});

/** A person asks for a new connection while an attempt is under way that was refused; the next one goes as told. */
async function askedMeanwhile(next: typeof answers) {
  const played = await started([]);
  const { world, server, coordinator } = played;
  const begun = Promise.withResolvers<void>();
  server("files").handshake = () => begun.promise;
  const reconciled = coordinator.reconcile([defined("files", PATIENT)]);
  await world.pass(10);
  const asked = coordinator.act("files", "reconnect");
  server("files").handshake = next;
  begun.reject(unauthorized());
  await Promise.all([reconciled, asked]);
  await world.pass(1_000);
  return { connects: server("files").connects, link: played.view("files").link };
}

test("a person who asks for a new connection while an attempt fails that began before gets another one at once", async () => {
  assert.deepEqual(await askedMeanwhile(answers), { connects: [0, 10], link: "connected" });
});

test("where that attempt fails too, the usual waits follow", async () => {
  assert.deepEqual(await askedMeanwhile(fails(unauthorized)), { connects: [0, 10], link: "closed" });
});

test("an open breaker's trial ends the wait of a reconnect", async () => {
  const { world, server, coordinator, told } = await started([], { dice: 0.999_999 });
  server("files").handshake = fails(refused);
  await coordinator.reconcile([
    defined("files", { health: { reconnectMs: 30_000 }, breaker: { failures: 1, jitter: 0 } }),
  ]);
  await world.pass(4_999);
  assert.deepEqual(server("files").connects, [0]);
  told("files");
  server("files").handshake = answers;
  await world.pass(1);
  assert.deepEqual(server("files").connects, [0, 5_000]);
  assert.deepEqual(told("files"), [
    "circuit half_open",
    "status recovering",
    "recovery_attempt",
    "connected",
    "catalog.changed",
    "circuit closed",
    "status up",
  ]);
});

test("a lost link is made again within the first wait, and the story is told in order", async () => {
  const { world, server, view, told } = await started([defined("files")]);
  told("files");
  server("files").link.lose();
  assert.equal(view("files").status, "down");
  await world.pass(200);
  assert.equal(view("files").status, "up");
  assert.deepEqual(told("files"), [
    "disconnected",
    "status down",
    "recovery_attempt",
    "status recovering",
    "connected",
    "status up",
  ]);
  assert.equal(server("files").open.size, 1);
});

test("a link that lived half a minute begins with the first wait again, one that keeps ending waits longer", async () => {
  const { world, server } = await started([defined("files", PATIENT)], { dice: 0.999_999 });
  const files = server("files");
  for (let loss = 0; loss < 4; loss++) {
    files.link.lose();
    await world.pass(5_000);
  }
  const early = files.connects.length;
  assert.deepEqual(gaps(files.connects), [200, 5_000 - 200 + 400, 5_000 - 400 + 800, 5_000 - 800 + 1_600]);
  await world.pass(30_000);
  files.link.lose();
  await world.pass(200);
  assert.equal(files.connects.length, early + 1);
});

test("three probes without an answer give the link up; one answer in between settles the doubt", async () => {
  const { world, server, view, told } = await started([defined("files")]);
  const files = server("files");
  told("files");
  files.probe = hangs;
  while (view("files").status === "up" && world.now() < 60_000) await world.pass(500);
  assert.equal(view("files").status, "degraded");
  files.probe = answers;
  await world.pass(10_000);
  assert.equal(view("files").status, "up");
  assert.deepEqual(told("files"), ["probe_failed", "status degraded", "probe_recovered", "status up"]);
  files.probe = hangs;
  await world.pass(45_000);
  const words = told("files");
  assert.deepEqual(words.slice(0, 6), [
    "probe_failed",
    "status degraded",
    "probe_failed",
    "probe_failed",
    "status down",
    "disconnected",
  ]);
});

test("calls that find no link share one attempt, which begins soon and not at once", async () => {
  const { world, server, acquire } = await started([defined("files")], { dice: 0.999_999 });
  const files = server("files");
  files.handshake = fails(refused);
  files.link.lose();
  await world.pass(3_100);
  files.handshake = answers;
  const asked = files.connects.length;
  const calls = [1, 2, 3].map(() => acquire("files"));
  await world.pass(250);
  const links = await Promise.all(calls);
  assert.equal(new Set(links).size, 1);
  assert.equal(files.connects.length, asked + 1);
});

test("a call whose attempt fails hears why and when it is tried next", async () => {
  const { world, server, acquire } = await started([defined("files")]);
  server("files").handshake = fails(refused);
  server("files").link.lose();
  const call = assert.rejects(acquire("files"), (fault: Error & { code?: string; retryAfterMs?: number }) => {
    assert.equal(fault.code, "UPSTREAM_UNAVAILABLE");
    assert.match(fault.message, /^files is unavailable: .*connection refused.* The next try is in 1 s\.$/);
    return (fault.retryAfterMs ?? 0) > 0;
  });
  await world.pass(1_000);
  await call;
});

test("a session that was forgotten is renewed once for all who held it", async () => {
  const { world, server, supervisor, acquire } = await started([defined("files")]);
  const lost = await acquire("files");
  const { signal } = new AbortController();
  const renewed = [1, 2, 3].map(() => supervisor("files").renew(lost, signal));
  await world.pass(0);
  const links = await Promise.all(renewed);
  assert.equal(new Set(links).size, 1);
  assert.notEqual(links[0], lost);
  assert.equal(server("files").connects.length, 2);
});

test("a storm of changed lists costs one reading in five seconds, and the last change is not lost", async () => {
  const { world, server, view } = await started([defined("files")]);
  await world.pass(6_000);
  let readings = 0;
  server("files").reading = async () => void readings++;
  for (let change = 1; change <= 1_000; change++) {
    server("files").link.changeLists(Array.from({ length: (change % 7) + 1 }, (_, at) => `tool${at}`));
    if (change % 100 === 0) await world.pass(100);
  }
  await world.pass(10_000);
  assert.ok(readings >= 1 && readings <= 2, `${readings} readings`);
  assert.equal(view("files").tools, (1_000 % 7) + 1);
});
