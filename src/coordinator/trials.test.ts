import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { Verdict } from "#policy/breaker-state.ts";
import { answers, exited, hangs } from "./fake-server.fixture.ts";
import { classic, command, defined, type Stage, started } from "./stage.fixture.ts";

/** Jitter is off, so that open times are exact. */
const EXACT = { breaker: { jitter: 0 } };

/** A server whose calls have just opened its breaker, while its link and its probes are fine. */
async function openedByCalls(definition: UpstreamDefinition = defined("files", EXACT)): Promise<Stage> {
  const played = await started([definition]);
  for (let call = 0; call < 5; call++) played.call("files", "fail");
  await played.world.pass(0);
  played.told("files");
  return played;
}

const fail = (played: Stage, name: string, verdict: Verdict, times: number): void => {
  for (let call = 0; call < times; call++) played.call(name, verdict);
};

test("five failed calls open it while the link lives; refused calls never reach the server", async () => {
  const { view, call, server } = await openedByCalls();
  assert.deepEqual([view("files").link, view("files").status, view("files").circuitState], ["connected", "down", "open"]);
  assert.throws(() => call("files", "pass"), { code: "BREAKER_OPEN", retryAfterMs: 5_000 });
  assert.equal(server("files").connects.length, 1);
});

test("the first failed call is worth a probe at once", async () => {
  const { world, server, call } = await started([defined("files")]);
  await world.pass(3_000);
  call("files", "fail");
  assert.deepEqual(server("files").probes, [3_000]);
});

test("pings do not shorten what calls opened: trials begin when the open time is over, and two probes close it", async () => {
  const { world, coordinator, view, told, server } = await openedByCalls();
  const probed = coordinator.act("files", "probe").catch(() => {});
  await world.pass(0);
  await probed;
  const reopened = await openedByCalls();
  await reopened.world.pass(4_999);
  assert.equal(reopened.view("files").circuitState, "open");
  assert.deepEqual(reopened.told("files"), []);
  await reopened.world.pass(2_000);
  assert.deepEqual(reopened.told("files"), ["circuit half_open", "status recovering", "circuit closed", "status up"]);
  assert.ok(reopened.server("files").probes.length >= 2);
  void view;
  void told;
  void server;
});

test("a probe that a person asks for ends the open time", async () => {
  const { world, coordinator, view } = await openedByCalls();
  const probed = coordinator.act("files", "probe");
  await world.pass(2_000);
  await probed;
  assert.equal(view("files").circuitState, "closed");
});

test("a new link shortens what calls opened", async () => {
  const { world, server, view, told } = await openedByCalls();
  server("files").link.lose();
  await world.pass(1_500);
  assert.deepEqual([view("files").circuitState, view("files").status], ["closed", "up"]);
  assert.deepEqual(
    told("files").filter((word) => word.startsWith("circuit")),
    ["circuit half_open", "circuit closed"],
  );
});

test("a call may be the trial: then no probe goes out beside it, and two that succeed close it", async () => {
  const { world, server, supervisor, view, call } = await openedByCalls();
  const { circuit } = supervisor("files");
  server("files").probe = hangs;
  await world.pass(4_999);
  const before = server("files").probes.length;
  await world.pass(1);
  const asked = server("files").probes.length - before;
  assert.ok(asked <= 1);
  assert.throws(() => circuit.admit(), { code: "BREAKER_OPEN" });
  server("files").probe = answers;
  await world.pass(20_000);
  assert.equal(view("files").circuitState, "closed");
  call("files", "pass");
});

test("calls alone close it, one trial at a time, when they come before the probe", async () => {
  const { world, supervisor, view } = await openedByCalls();
  const { circuit } = supervisor("files");
  await world.pass(4_999);
  world.random = () => 0;
  // The last millisecond, in which a call is quicker than the timer.
  Object.assign(world, { now: () => 5_000 });
  const first = circuit.admit();
  assert.throws(() => circuit.admit(), { code: "BREAKER_OPEN" });
  circuit.settle(first, { verdict: "pass", durationMs: 1, failure: null });
  const second = circuit.admit();
  circuit.settle(second, { verdict: "pass", durationMs: 1, failure: null });
  assert.equal(view("files").circuitState, "closed");
});

test("a trial that never comes back gives its place to the next one after the time of a call", async () => {
  const { world, supervisor, server, view } = await openedByCalls();
  const { circuit } = supervisor("files");
  Object.assign(server("files"), { probe: answers });
  await world.pass(5_000);
  circuit.isolate("a person");
  circuit.release();
  await world.pass(0);
  assert.equal(view("files").circuitState, "half_open");
  await world.pass(12_000);
  assert.equal(view("files").circuitState, "closed");
});

test("a failed trial opens it again, for twice as long", async () => {
  const { world, server, view, told } = await openedByCalls();
  server("files").probe = hangs;
  await world.pass(10_100);
  const { circuitState, retryAfterMs, failureCycles } = view("files");
  assert.deepEqual([circuitState, failureCycles], ["open", 2]);
  assert.ok((retryAfterMs ?? 0) > 9_000 && (retryAfterMs ?? 0) <= 10_000, `${retryAfterMs} ms`);
  assert.deepEqual(
    told("files").filter((word) => word.startsWith("circuit")),
    ["circuit half_open", "circuit open"],
  );
});

test("what probes opened, a probe that passes closes again, also when nobody calls", async () => {
  const played = await started([defined("files", EXACT)]);
  const { world, server, view } = played;
  await world.pass(2_000);
  server("files").probe = hangs;
  fail(played, "files", "fail", 4);
  while (view("files").circuitState !== "open") await world.pass(100);
  assert.equal(view("files").link, "connected");
  server("files").probe = answers;
  await world.pass(4_500);
  assert.deepEqual([view("files").circuitState, view("files").status], ["closed", "up"]);
});

test("the classic breaker is half-open for one trial, and says so", async () => {
  const { world, told } = await openedByCalls(classic("files"));
  await world.pass(61_000);
  assert.deepEqual(told("files"), ["circuit half_open", "status recovering", "circuit closed", "status up"]);
});

test("a released breaker is asked at once, and one without a link waits for it", async () => {
  const { world, coordinator, server, view, told } = await started([command("files")]);
  await coordinator.act("files", "isolate");
  assert.equal(view("files").status, "paused");
  await world.pass(120_000);
  assert.deepEqual([view("files").circuitState, view("files").link], ["isolated", "connected"]);
  server("files").link.lose(exited);
  told("files");
  await coordinator.act("files", "release");
  await world.pass(3_000);
  assert.deepEqual([view("files").circuitState, view("files").status], ["closed", "up"]);
});

test("a trial whose probe is out when the server is stopped leaves nothing behind", async () => {
  const { world, coordinator, server } = await openedByCalls();
  server("files").probe = hangs;
  await world.pass(5_000);
  await coordinator.reconcile([]);
  await world.pass(0);
  assert.equal(world.timers, 0);
  await world.pass(60_000);
  assert.equal(world.timers, 0);
});
