import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, fails, hangs, outOfFiles, refused, unauthorized } from "./fake-server.fixture.ts";
import { defined, stage, started } from "./stage.fixture.ts";

test("refused credentials are a state of their own: no failure is counted, and a person has half a minute between tries", async () => {
  const { world, coordinator, server, view, told } = stage();
  server("files").handshake = fails(unauthorized);
  await coordinator.reconcile([defined("files")]);
  await world.pass(300_000);
  const { status, circuitState, consecutiveFailures, statusReason } = view("files");
  assert.deepEqual([status, circuitState], ["down", "closed"]);
  assert.match(statusReason ?? "", /credentials/);
  assert.ok(consecutiveFailures > 0, "people see that it fails");
  const { connects } = server("files");
  assert.ok(connects.length <= 11, `${connects.length} tries in five minutes`);
  for (const [at, time] of connects.slice(1).entries()) assert.ok(time - (connects[at] as number) >= 30_000);
  assert.ok(!told("files").some((word) => word.startsWith("circuit")));
});

test("calls to a server that refuses the credentials are answered at once and ask it nothing", async () => {
  const { world, coordinator, server, acquire } = stage();
  server("files").handshake = fails(unauthorized);
  await coordinator.reconcile([defined("files")]);
  await world.pass(1_000);
  await assert.rejects(acquire("files"), { code: "UPSTREAM_AUTH", message: /credentials/ });
  assert.deepEqual([server("files").connects.length, world.now()], [1, 1_000]);
});

test("a new connection that a person asks for ends the state as soon as the credentials are right", async () => {
  const { world, coordinator, server, view } = stage();
  server("files").handshake = fails(unauthorized);
  await coordinator.reconcile([defined("files")]);
  await world.pass(1_000);
  server("files").handshake = answers;
  const asked = coordinator.act("files", "reconnect");
  await world.pass(0);
  await asked;
  assert.equal(view("files").status, "up");
});

test("credentials that are refused in the middle, by a probe, count no failure either", async () => {
  const { world, server, view, told } = await started([defined("files", { breaker: { failures: 2 } })]);
  server("files").probe = fails(unauthorized);
  server("files").handshake = fails(unauthorized);
  await world.pass(60_000);
  assert.deepEqual([view("files").status, view("files").circuitState], ["down", "closed"]);
  assert.ok(!told("files").some((word) => word.startsWith("circuit")));
});

test("a shortage of our own changes no health and no breaker, and is tried again every second", async () => {
  const { world, coordinator, server, view, told } = stage();
  server("files").handshake = fails(outOfFiles);
  await coordinator.reconcile([defined("files")]);
  await world.pass(20_500);
  const { health, circuitState, status, lastFailure } = view("files");
  assert.deepEqual([health, circuitState, status], ["unknown", "closed", "unknown"]);
  assert.match(lastFailure?.message ?? "", /EMFILE/);
  assert.equal(server("files").connects.length, 21);
  assert.ok(!told("files").some((word) => word.startsWith("circuit") || word === "status down"));
});

test("a probe that our own shortage kept from leaving accuses nobody", async () => {
  const { world, server, view, told } = await started([defined("files")]);
  told("files");
  server("files").probe = fails(outOfFiles);
  await world.pass(300_000);
  assert.ok(server("files").probes.length >= 10);
  assert.deepEqual([view("files").status, told("files")], ["up", []]);
});

test("a probe whose time passed while this process stood still is asked again and accuses nobody", async () => {
  const { world, server, view, told } = await started([defined("files")]);
  told("files");
  server("files").probe = hangs;
  world.stall = 6_000;
  await world.pass(120_000);
  assert.ok(server("files").probes.length >= 3);
  assert.deepEqual([view("files").status, told("files")], ["up", []]);
  world.stall = 50;
  await world.pass(60_000);
  assert.ok(told("files").includes("probe_failed"));
});

test("a refused connection is the server's doing even while we stand still", async () => {
  const { world, server, view } = await started([defined("files")]);
  world.stall = 6_000;
  server("files").handshake = fails(refused);
  server("files").link.lose();
  await world.pass(3_000);
  assert.equal(view("files").circuitState, "open");
});

test("a link that ended with every call on it counts once", async () => {
  const { world, server, view } = await started([defined("files")]);
  server("files").handshake = hangs;
  server("files").link.lose();
  await world.pass(1_000);
  assert.equal(view("files").consecutiveFailures, 1);
});

test("a new connection that a person asked for blames nobody", async () => {
  const { world, coordinator, server, view, told } = await started([defined("files", { breaker: { failures: 1 } })]);
  const asked = coordinator.act("files", "reconnect");
  await world.pass(0);
  await asked;
  assert.deepEqual([view("files").circuitState, server("files").connects.length], ["closed", 2]);
  assert.equal(server("files").open.size, 1);
  assert.ok(!told("files").includes("circuit open"));
});

test("an answer of an old link says nothing about the one that replaced it", async () => {
  const { world, server, view, told } = await started([defined("files")]);
  const answer = Promise.withResolvers<void>();
  // An old link whose question stays out although the link is over.
  server("files").probe = () => answer.promise;
  server("files").link.doubt();
  server("files").handshake = fails(refused);
  server("files").link.lose();
  await world.pass(50);
  server("files").handshake = answers;
  await world.pass(400);
  assert.equal(view("files").link, "connected");
  told("files");
  answer.reject(refused());
  await world.pass(0);
  assert.deepEqual([view("files").status, told("files")], ["up", []]);
});
