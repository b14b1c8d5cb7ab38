import assert from "node:assert/strict";
import { test } from "node:test";
import { command, defined, stage, started } from "./stage.fixture.ts";
import type { StoredCircuit } from "./stored.ts";

const left = (more: Partial<StoredCircuit>): StoredCircuit => ({
  name: "files",
  circuitState: "closed",
  circuitRetryAt: null,
  circuitReason: null,
  failureCycles: 0,
  consecutiveFailures: 0,
  autoDisabledAt: null,
  autoDisabledReason: null,
  enabledOverride: null,
  ...more,
});

const leftOpen = (retryAt: number): StoredCircuit =>
  left({
    circuitState: "open",
    circuitRetryAt: retryAt,
    circuitReason: "5 failures in a row",
    failureCycles: 3,
    consecutiveFailures: 5,
  });

const AUTO_DISABLED = left({
  enabledOverride: false,
  autoDisabledAt: 1_600_000_000_000,
  autoDisabledReason: "3 failed cycles",
});

test("a breaker that was open stays open for what was left, with its reason and cycles, and opens for longer next time", async () => {
  const { world, coordinator, view, call } = stage();
  const retryAt = world.wall() + 20_000;
  coordinator.adoptStored([leftOpen(retryAt)]);
  await coordinator.reconcile([defined("files", { breaker: { jitter: 0 } })]);
  await world.pass(0);
  const { circuitState, circuitRetryAt, circuitReason, failureCycles, link } = view("files");
  assert.deepEqual([circuitState, circuitRetryAt, failureCycles, link], ["open", retryAt, 3, "connected"]);
  assert.equal(circuitReason, "5 failures in a row");
  assert.throws(() => call("files", "pass"), { code: "BREAKER_OPEN", retryAfterMs: 20_000 });
  await world.pass(22_000);
  assert.equal(view("files").circuitState, "closed");
});

test("a command that is not started because its breaker was open is not said to be starting", async () => {
  const { world, coordinator, server, view } = stage();
  coordinator.adoptStored([leftOpen(world.wall() + 20_000)]);
  await coordinator.reconcile([command("files")]);
  await world.pass(1_000);
  assert.deepEqual([server("files").connects.length, view("files").statusReason], [0, "5 failures in a row."]);
});

test("it is the same when the database comes after the servers, unless the server has answered a call since", async () => {
  const late = await started([defined("files"), defined("web")]);
  late.call("web", "pass");
  const retryAt = late.world.wall() + 20_000;
  late.told("files");
  late.coordinator.adoptStored([leftOpen(retryAt), { ...leftOpen(retryAt), name: "web" }]);
  assert.deepEqual([late.view("files").circuitState, late.view("web").circuitState], ["open", "closed"]);
  assert.deepEqual(late.told("files"), ["circuit open", "status down"]);
  await late.world.pass(22_000);
  assert.equal(late.view("files").circuitState, "closed");
});

test("what this run has learned wins: a breaker that it opened, isolated or reset is not replaced", async () => {
  const played = await started(["opened", "taken", "mended"].map((name) => defined(name)));
  for (let count = 0; count < 5; count++) played.call("opened", "fail");
  await played.coordinator.act("taken", "isolate");
  await played.coordinator.act("mended", "reset-breaker");
  const before = played.view("opened").circuitRetryAt;
  const rows = ["opened", "taken", "mended"].map((name) => ({ ...leftOpen(played.world.wall() + 90_000), name }));
  played.coordinator.adoptStored(rows);
  assert.equal(played.view("opened").circuitRetryAt, before);
  assert.deepEqual([played.view("taken").circuitState, played.view("mended").circuitState], ["isolated", "closed"]);
});

test("a server that was taken out of service stays so", async () => {
  const { world, coordinator, view } = stage();
  coordinator.adoptStored([left({ circuitState: "isolated", circuitReason: "isolated by a person" })]);
  await coordinator.reconcile([defined("files")]);
  await world.pass(60_000);
  assert.deepEqual([view("files").circuitState, view("files").status], ["isolated", "paused"]);
});

test("a server that was taken out of service stays so, although it answered before that was known", async () => {
  const { coordinator, view, call } = await started([defined("files")]);
  call("files", "pass");
  coordinator.adoptStored([left({ circuitState: "isolated", circuitReason: "isolated by a person" })]);
  assert.deepEqual([view("files").circuitState, view("files").status], ["isolated", "paused"]);
});

test("a trial that was out is made again", async () => {
  const { world, coordinator, view } = stage();
  coordinator.adoptStored([{ ...leftOpen(world.wall() + 90_000), circuitState: "half_open", circuitRetryAt: null }]);
  await coordinator.reconcile([defined("files")]);
  await world.pass(2_000);
  assert.equal(view("files").circuitState, "closed");
});

test("a server that was disabled is not started, and one that was given up still says why", async () => {
  const { world, coordinator, server, view } = stage();
  coordinator.adoptStored([AUTO_DISABLED]);
  await coordinator.reconcile([defined("files")]);
  await world.pass(60_000);
  assert.equal(server("files").connects.length, 0);
  const { status, enabled, autoDisabledAt, statusReason } = view("files");
  assert.deepEqual([status, enabled, autoDisabledAt], ["paused", false, 1_600_000_000_000]);
  assert.equal(statusReason, "Disabled by the gateway after 3 failed cycles.");
});

test("a decision that becomes known late is carried out then", async () => {
  const played = await started([defined("files"), defined("web", { enabled: false })]);
  played.coordinator.adoptStored([AUTO_DISABLED, left({ name: "web", enabledOverride: true })]);
  await played.world.pass(0);
  assert.deepEqual([played.view("files").status, played.view("web").status], ["paused", "up"]);
  assert.equal(played.server("files").open.size, 0);
});

test("a person's decision of this run wins over a stored one, also where it says what the configuration says", async () => {
  const played = await started([defined("files"), defined("web")]);
  const { coordinator, world, view } = played;
  await coordinator.act("files", "enable");
  const disabled = coordinator.act("web", "disable");
  await world.pass(0);
  await disabled;
  coordinator.adoptStored([AUTO_DISABLED, left({ name: "web", enabledOverride: true })]);
  await world.pass(0);
  assert.deepEqual([view("files").status, view("web").status], ["up", "paused"]);
});

test("a server that a person had enabled against the configuration comes back with its breaker as it was", async () => {
  for (const early of [true, false]) {
    const { world, coordinator, view } = stage();
    const row = { ...leftOpen(world.wall() + 60_000), enabledOverride: true };
    if (early) coordinator.adoptStored([row]);
    await coordinator.reconcile([defined("files", { enabled: false })]);
    if (!early) coordinator.adoptStored([row]);
    await world.pass(1_000);
    assert.deepEqual([view("files").enabled, view("files").circuitState], [true, "open"], `known early: ${early}`);
  }
});

test("what is stored about servers that do not exist waits for them", async () => {
  const played = await started([]);
  played.coordinator.adoptStored([left({ enabledOverride: false })]);
  await played.coordinator.reconcile([defined("files")]);
  await played.world.pass(1_000);
  assert.equal(played.view("files").status, "paused");
});
