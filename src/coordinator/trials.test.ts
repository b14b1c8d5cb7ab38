import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { answers, exited, hangs } from "./fake-server.fixture.ts";
import { classic, command, defined, type Stage, started } from "./stage.fixture.ts";

/** Jitter is off, so that open times are exact. */
const EXACT = { breaker: { jitter: 0 } };

/** A server whose calls have just opened its breaker, while its link and its probes are fine. */
async function openedByCalls(definition: UpstreamDefinition = defined("files", EXACT)): Promise<Stage> {
  const played = await started([definition]);
  failCalls(played, 5);
  await played.world.pass(0);
  played.told("files");
  return played;
}

const failCalls = (played: Stage, times: number): void => {
  for (let call = 0; call < times; call++) played.call("files", "fail");
};

test("five failed calls open it while the link lives; refused calls never reach the server", async () => {
  const { view, call, server } = await openedByCalls();
  assert.deepEqual(
    [view("files").link, view("files").status, view("files").circuitState],
    ["connected", "down", "open"],
  );
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
  const { world, server, view, told } = await openedByCalls();
  const before = server("files").probes.length;
  await world.pass(2_000);
  server("files").link.doubt();
  await world.pass(2_999);
  assert.deepEqual([server("files").probes.length - before, view("files").circuitState], [1, "open"]);
  assert.deepEqual(told("files"), []);
  await world.pass(1);
  assert.equal(view("files").circuitState, "half_open");
  await world.pass(1_000);
  assert.deepEqual(told("files"), ["circuit half_open", "status recovering", "circuit closed", "status up"]);
  assert.equal(server("files").probes.length - before, 3);
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

/** Half-open since a moment, while an earlier probe is still out: so a call may come first. */
async function halfOpenForCalls(): Promise<Stage> {
  const played = await started([defined("files", { breaker: { jitter: 0, openMs: 1_000 } })]);
  played.server("files").probe = hangs;
  failCalls(played, 5);
  await played.world.pass(1_500);
  assert.equal(played.view("files").circuitState, "half_open");
  played.server("files").probe = answers;
  return played;
}

test("a call may be the trial: others are refused meanwhile, and after two that succeed all pass", async () => {
  const { supervisor, view, call } = await halfOpenForCalls();
  const { circuit } = supervisor("files");
  for (let trial = 0; trial < 2; trial++) {
    const pass = circuit.admit();
    assert.throws(() => circuit.admit(), { code: "BREAKER_OPEN", retryAfterMs: 1_000 });
    circuit.settle(pass, { verdict: "pass", durationMs: 1, failure: null });
  }
  assert.equal(view("files").circuitState, "closed");
  call("files", "pass");
});

test("while a call is the trial no probe is made one; a trial that never comes back ends after the time of a call", async () => {
  const { world, supervisor, view } = await halfOpenForCalls();
  supervisor("files").circuit.admit();
  await world.pass(10_900);
  assert.equal(view("files").circuitState, "half_open");
  await world.pass(3_000);
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
  failCalls(played, 4);
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

test("a released server that is well is in service after two trials, and no old failure is told as its reason", async () => {
  const { world, coordinator, server, view } = await started([command("files")]);
  server("files").link.lose(exited);
  await world.pass(120_000);
  assert.deepEqual([view("files").status, view("files").lastFailure?.message], ["up", "it exited with code 1"]);
  await coordinator.act("files", "isolate");
  await world.pass(30_000);
  const before = server("files").probes.length;
  await coordinator.act("files", "release");
  await world.pass(500);
  const { status, statusReason, link } = view("files");
  assert.deepEqual([status, statusReason, link], ["recovering", "Released by a person; being tried.", "connected"]);
  await world.pass(500);
  assert.deepEqual([view("files").circuitState, view("files").status], ["closed", "up"]);
  assert.equal(server("files").probes.length - before, 2);
});

test("a server that is tried after its calls had failed says so", async () => {
  const { world, server, view } = await openedByCalls();
  server("files").probe = hangs;
  await world.pass(5_500);
  const { status, statusReason } = view("files");
  assert.deepEqual([status, statusReason], ["recovering", "5 failures in a row; being tried."]);
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
