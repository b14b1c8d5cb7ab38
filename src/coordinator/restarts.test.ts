import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, exited, fails, refused } from "./fake-server.fixture.ts";
import { command, type Stage, stage, started } from "./stage.fixture.ts";

/** The most starts that any thirty seconds saw. */
const mostIn30s = (times: readonly number[]): number =>
  Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + 30_000).length));

/** Lets time pass while every process ends as soon as it has started. */
async function crash({ world, server }: Stage, name: string, ms: number): Promise<void> {
  for (const end = world.now() + ms; world.now() < end; ) {
    await world.pass(50);
    for (const link of server(name).open) link.lose(exited);
  }
}

test("a command that ends right after each start is restarted five times in thirty seconds, then held back", async () => {
  const played = await started([command("files")]);
  const { server, told, view, world } = played;
  told("files");
  await crash(played, "files", 20_000);
  const { connects } = server("files");
  assert.equal(connects.length, 6);
  const words = told("files");
  assert.equal(words.filter((word) => word === "process_exited").length, 6);
  assert.deepEqual(
    words.filter((word) => word === "crash_loop" || word === "circuit open"),
    ["crash_loop", "circuit open"],
  );
  const { nextAttemptAt } = view("files");
  const firstRestart = connects[1] as number;
  assert.ok(
    (nextAttemptAt ?? 0) - world.wall() + world.now() >= firstRestart + 30_000,
    "the next one waits for the window",
  );
});

test("for an hour of crashes no thirty seconds see more than five restarts, and it is never given up", async () => {
  const played = await started([command("files")]);
  await crash(played, "files", 600_000);
  const { connects } = played.server("files");
  assert.ok(mostIn30s(connects.slice(1)) <= 5, `${mostIn30s(connects.slice(1))} restarts in 30 s`);
  assert.ok(connects.length >= 8, `${connects.length} starts`);
  await played.world.pass(400_000);
  assert.equal(played.view("files").status, "up");
});

test("a command that cannot even start is tried as rarely, and its breaker opens", async () => {
  const played = stage();
  played.server("files").handshake = fails(refused);
  await played.coordinator.reconcile([command("files")]);
  await played.world.pass(600_000);
  const { connects } = played.server("files");
  assert.ok(mostIn30s(connects.slice(1)) <= 5);
  const { circuitState, failureCycles } = played.view("files");
  assert.notEqual(circuitState, "closed");
  assert.ok(failureCycles >= 3, `${failureCycles} cycles`);
});

test("while a command is held back, calls are answered at once and start nothing", async () => {
  const played = await started([command("files")]);
  await crash(played, "files", 20_000);
  const { connects } = played.server("files");
  const before = connects.length;
  const askedAt = played.world.now();
  await assert.rejects(played.acquire("files"), { code: "UPSTREAM_UNAVAILABLE" });
  assert.deepEqual([connects.length, played.world.now()], [before, askedAt]);
});

test("a person who asks for a new connection is not held back", async () => {
  const played = await started([command("files")]);
  await crash(played, "files", 20_000);
  const before = played.server("files").connects.length;
  const asked = played.coordinator.act("files", "reconnect");
  await played.world.pass(0);
  await asked;
  assert.equal(played.server("files").connects.length, before + 1);
  await played.world.pass(3_000);
  assert.deepEqual([played.view("files").status, played.view("files").circuitState], ["up", "closed"]);
});

test("a command whose breaker an earlier run left open is not started before its time", async () => {
  const { world, coordinator, server, view } = stage();
  coordinator.adoptStored([
    {
      name: "files",
      circuitState: "open",
      circuitRetryAt: world.wall() + 60_000,
      circuitReason: "it keeps ending right after its start",
      failureCycles: 3,
      consecutiveFailures: 5,
      autoDisabledAt: null,
      autoDisabledReason: null,
      enabledOverride: null,
    },
  ]);
  await coordinator.reconcile([command("files")]);
  await world.pass(59_000);
  assert.deepEqual([server("files").connects.length, view("files").circuitState], [0, "open"]);
  await world.pass(3_000);
  assert.deepEqual([server("files").connects.length, view("files").status], [1, "up"]);
});

test("a process starts only after the last one of its command is gone", async () => {
  const { world, server, supervisor } = await started([command("files")]);
  const files = server("files");
  const last = files.link;
  const gone = Promise.withResolvers<void>();
  const close = last.close.bind(last);
  last.close = async () => {
    await gone.promise;
    await close();
  };
  files.probe = fails(refused);
  await world.pass(30_000);
  assert.equal(supervisor("files").connection(), undefined);
  assert.deepEqual([files.connects.length, files.open.size], [1, 1]);
  files.probe = answers;
  gone.resolve();
  await world.pass(1_000);
  assert.deepEqual([files.connects.length, files.open.size], [2, 1]);
});
