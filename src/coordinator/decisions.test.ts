import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerVerb } from "#contract/api.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { answers, fails, refused } from "./fake-server.fixture.ts";
import { classic, defined, type Stage, started } from "./stage.fixture.ts";

/** Carries a verb out and lets happen what waits for no time. */
async function act({ coordinator, world }: Stage, verb: ServerVerb, name = "files"): Promise<void> {
  const done = coordinator.act(name, verb);
  await world.pass(0);
  await done;
}

const openCircuit = ({ call }: Stage): void => {
  for (let count = 0; count < 5; count++) call("files", "fail");
};

test("a disabled server is stopped, shown as paused and told; an enabled one starts anew", async () => {
  const played = await started([defined("files")]);
  const { view, told, server, world } = played;
  told("files");
  await act(played, "disable");
  assert.deepEqual(told("files"), ["disabled", "status paused"]);
  const { enabled, enabledOverride, status, link, statusReason } = view("files");
  assert.deepEqual([enabled, enabledOverride, status, link], [false, false, "paused", "idle"]);
  assert.equal(statusReason, "Disabled by a person.");
  assert.equal(server("files").open.size, 0);
  await world.pass(300_000);
  assert.equal(server("files").connects.length, 1);
  await act(played, "enable");
  assert.deepEqual([view("files").status, view("files").enabledOverride], ["up", null]);
  const words = told("files");
  assert.equal(words[0], "enabled");
  assert.ok(words.includes("connected") && words.at(-1) === "status up", words.join());
});

test("enabling or disabling twice changes nothing the second time", async () => {
  const played = await started([defined("files")]);
  played.told("files");
  await act(played, "enable");
  assert.deepEqual(played.told("files"), []);
  await act(played, "disable");
  played.told("files");
  await act(played, "disable");
  assert.deepEqual(played.told("files"), []);
  assert.equal(played.server("files").connects.length, 1);
});

test("a disabled server follows no other verb and says so; an unknown one follows none", async () => {
  const played = await started([defined("files", { enabled: false })]);
  for (const verb of ["probe", "reconnect", "isolate", "release", "reset-breaker"] as const) {
    await assert.rejects(played.coordinator.act("files", verb), {
      code: "UPSTREAM_UNAVAILABLE",
      message: /is disabled/,
    });
  }
  await assert.rejects(played.coordinator.act("nobody", "probe"), { code: "SERVER_NOT_FOUND" });
});

test("what is decided while a change waits for its turn holds for the server that the change brings", async () => {
  const played = await started([defined("files")]);
  const { coordinator, view, world } = played;
  await act(played, "disable");
  const other = { kind: "http", url: "http://127.0.0.1:2/mcp", headers: {}, sseFallback: false } as const;
  const changed = coordinator.reconcile([defined("files", { transport: other })]);
  const enabled = coordinator.act("files", "enable");
  await world.pass(1_000);
  await Promise.all([changed, enabled]);
  assert.deepEqual([view("files").enabled, view("files").enabledOverride], [true, null]);
});

test("an isolated server refuses calls until it is released; its link stays", async () => {
  const played = await started([defined("files")]);
  const { view, told, call, server } = played;
  told("files");
  await act(played, "isolate");
  assert.deepEqual(told("files"), ["circuit isolated", "status paused"]);
  assert.throws(() => call("files", "pass"), { code: "BREAKER_OPEN", message: /A person must release/ });
  await act(played, "release");
  await played.world.pass(2_000);
  assert.deepEqual([view("files").circuitState, view("files").status], ["closed", "up"]);
  assert.equal(server("files").connects.length, 1);
});

test("a reset closes the breaker at once, whatever it was", async () => {
  const played = await started([defined("files")]);
  openCircuit(played);
  await act(played, "reset-breaker");
  assert.deepEqual([played.view("files").circuitState, played.view("files").failureCycles], ["closed", 0]);
  played.call("files", "pass");
});

test("a new connection replaces the link, one after the other", async () => {
  const played = await started([defined("files")]);
  const before = played.supervisor("files").connection();
  await act(played, "reconnect");
  assert.notEqual(played.supervisor("files").connection(), before);
  assert.deepEqual([played.server("files").connects.length, played.server("files").open.size], [2, 1]);
});

/** It cannot be reached any more until its breaker has opened so many times. */
async function failCycles({ world, server }: Stage, cycles: number): Promise<void> {
  server("files").handshake = fails(refused);
  server("files").link.lose();
  await world.pass((cycles - 1) * 60_000 + 1_000);
}

const CLASSIC: UpstreamDefinition = classic("files", { breaker: { failures: 1 } });

test("the classic preset disables a server after its third failed cycle, and tells the story in order", async () => {
  const played = await started([CLASSIC]);
  await failCycles(played, 2);
  assert.deepEqual([played.view("files").failureCycles, played.view("files").enabled], [2, true]);
  played.told("files");
  await played.world.pass(60_000);
  const words = played.told("files");
  const order = words.slice(words.indexOf("circuit open")).filter((word) => word !== "status down");
  assert.deepEqual(order.slice(0, 3), ["circuit open", "server.auto_disabled", "status paused"]);
  const { status, enabled, enabledOverride, autoDisabledAt, statusReason } = played.view("files");
  assert.deepEqual([status, enabled, enabledOverride], ["paused", false, false]);
  assert.ok(autoDisabledAt !== null);
  assert.match(statusReason ?? "", /^Disabled by the gateway after 3 failed cycles in a row: /);
  assert.equal(played.server("files").open.size, 0);
  assert.equal(played.events.filter(({ type }) => type === "server.auto_disabled").length, 1);
  await played.world.pass(600_000);
  assert.equal(played.events.filter(({ type }) => type === "server.auto_disabled").length, 1);
});

test("a server that was given up comes back by enabling it, with a clean slate", async () => {
  const played = await started([CLASSIC]);
  await failCycles(played, 4);
  assert.equal(played.view("files").status, "paused");
  played.server("files").handshake = answers;
  await act(played, "enable");
  const { status, circuitState, failureCycles, autoDisabledAt, enabledOverride } = played.view("files");
  assert.deepEqual(
    [status, circuitState, failureCycles, autoDisabledAt, enabledOverride],
    ["up", "closed", 0, null, null],
  );
  played.call("files", "pass");
});

test("a server whose calls all fail is given up too, although its pings are answered all the time", async () => {
  const played = await started([classic("files")]);
  for (let cycle = 1; cycle <= 3; cycle++) {
    assert.equal(played.view("files").enabled, true);
    openCircuit(played);
    await played.world.pass(61_000);
  }
  const { enabled, statusReason } = played.view("files");
  assert.equal(enabled, false);
  assert.match(statusReason ?? "", /after 3 failed cycles in a row: 5 failures in a row/);
});

test("a success between the cycles clears their count", async () => {
  const played = await started([CLASSIC]);
  await failCycles(played, 2);
  played.server("files").handshake = answers;
  await played.world.pass(60_000);
  assert.deepEqual([played.view("files").circuitState, played.view("files").failureCycles], ["closed", 0]);
  await failCycles(played, 2);
  assert.deepEqual([played.view("files").failureCycles, played.view("files").enabled], [2, true]);
});

test("a server that cannot be reached is given up as well, and the default preset never gives up", async () => {
  const [old, fresh] = [await started([CLASSIC]), await started([defined("files")])];
  for (const played of [old, fresh]) {
    played.server("files").handshake = fails(refused);
    played.server("files").link.lose();
    await played.world.pass(3_600_000);
  }
  assert.deepEqual([old.view("files").enabled, fresh.view("files").enabled], [false, true]);
  assert.ok(fresh.view("files").failureCycles > 5);
  fresh.server("files").handshake = answers;
  await fresh.world.pass(301_000);
  assert.equal(fresh.view("files").status, "up");
});
