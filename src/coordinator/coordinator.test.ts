import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, fails, hangs, isDeaf, refused } from "./fake-server.fixture.ts";
import { command, defined, stage, started } from "./stage.fixture.ts";

test("what is desired runs, what is not desired any more is stopped and forgotten", async () => {
  const { coordinator, server, told, catalog } = await started([defined("files"), defined("web")]);
  assert.deepEqual(
    coordinator.views().map(({ name }) => name),
    ["files", "web"],
  );
  told("files");
  await coordinator.reconcile([defined("web")]);
  assert.deepEqual([coordinator.view("files"), server("files").open.size], [undefined, 0]);
  assert.deepEqual(told("files"), ["server.removed"]);
  assert.deepEqual(catalog.servers(), ["web"]);
  assert.equal(server("web").connects.length, 1);
});

test("an unchanged server is not touched: a hundred reconciliations keep its link and tell nothing", async () => {
  const { world, coordinator, supervisor, told, server } = await started([defined("files"), defined("web")]);
  const link = supervisor("files").connection();
  told("files");
  for (let turn = 0; turn < 100; turn++) {
    const web = defined("web", { description: `the ${turn}th` });
    await coordinator.reconcile(turn % 2 === 0 ? [defined("files"), web] : [web, defined("files"), defined("new")]);
    await world.pass(10);
  }
  assert.equal(supervisor("files").connection(), link);
  assert.deepEqual(told("files"), []);
  assert.equal(server("web").connects.length, 1, "a description needs no new link");
});

test("other settings keep the link, the health and the open breaker, and hold from now on", async () => {
  const { world, coordinator, supervisor, view, call } = await started([defined("files", { breaker: { jitter: 0 } })]);
  const link = supervisor("files").connection();
  for (let count = 0; count < 5; count++) call("files", "fail");
  const { circuitRetryAt } = view("files");
  const tuned = {
    breaker: { jitter: 0, failures: 2, openMs: 60_000 },
    health: { intervalMs: 2_000 },
    timeoutMs: 9_000,
  };
  await coordinator.reconcile([defined("files", tuned)]);
  assert.deepEqual([view("files").circuitState, view("files").circuitRetryAt], ["open", circuitRetryAt]);
  await world.pass(8_000);
  assert.deepEqual([view("files").circuitState, supervisor("files").connection() === link], ["closed", true]);
  call("files", "fail");
  call("files", "fail");
  assert.equal(view("files").circuitState, "open");
});

test("another address is another server: a new link and a closed breaker, and the old link ends", async () => {
  const { world, coordinator, view, server, call, told } = await started([defined("files")]);
  for (let count = 0; count < 5; count++) call("files", "fail");
  told("files");
  const moved = { kind: "http", url: "http://127.0.0.1:2/mcp", headers: {}, sseFallback: false } as const;
  const before = server("files").link;
  await coordinator.reconcile([defined("files", { transport: moved })]);
  await world.pass(0);
  assert.deepEqual([view("files").status, view("files").circuitState], ["up", "closed"]);
  assert.deepEqual([server("files").connects.length, server("files").open.has(before)], [2, false]);
  assert.ok(told("files").includes("circuit closed"), "people are told that it is closed");
});

test("a decision against the configuration survives a change of the server's address", async () => {
  const { world, coordinator, view, server } = await started([defined("files")]);
  const disabled = coordinator.act("files", "disable");
  await world.pass(0);
  await disabled;
  await coordinator.reconcile([
    defined("files", { transport: { kind: "sse", url: "http://127.0.0.1:2/sse", headers: {} } }),
  ]);
  await world.pass(1_000);
  assert.deepEqual([view("files").status, view("files").enabledOverride], ["paused", false]);
  assert.equal(server("files").connects.length, 1);
});

test("nothing that happens to a replaced or removed server is told of the new one", async () => {
  const { world, coordinator, server, told, view } = await started([defined("files")]);
  const old = server("files").link;
  await coordinator.reconcile([
    defined("files", { transport: { kind: "sse", url: "http://127.0.0.1:2/sse", headers: {} } }),
  ]);
  await world.pass(0);
  told("files");
  old.lose();
  old.doubt();
  old.changeLists(["other"]);
  await world.pass(1_000);
  assert.deepEqual([told("files"), view("files").status], [[], "up"]);
});

test("lists of an earlier run are served until the server itself has answered, and a failed reading keeps them", async () => {
  const { world, coordinator, server, catalog, view } = stage();
  server("files").handshake = fails(refused);
  await coordinator.reconcile([defined("files")]);
  server("files").tools = ["old"];
  coordinator.adoptSnapshot("files", server("files").snapshot(), "hash");
  assert.equal(catalog.list("files", "tools").text, '[{"name":"old"}]');
  server("files").tools = ["new"];
  server("files").reading = fails(refused);
  server("files").handshake = answers;
  await world.pass(1_000);
  assert.deepEqual([view("files").status, view("files").lastFailure?.stage], ["up", "list"]);
  assert.equal(catalog.list("files", "tools").text, '[{"name":"old"}]');
  server("files").reading = answers;
  await world.pass(30_000);
  assert.equal(catalog.list("files", "tools").text, '[{"name":"new"}]');
});

test("every enabled server had its verdict when the start is settled; a silent one is waited for only so long", async () => {
  const { world, coordinator, server } = stage();
  server("dead").handshake = fails(refused);
  server("silent").handshake = hangs;
  await coordinator.reconcile([
    defined("files"),
    defined("dead"),
    defined("silent"),
    defined("off", { enabled: false }),
  ]);
  let settledAt = -1;
  void coordinator.settled(1_000, 4_000).then(() => {
    settledAt = world.now();
  });
  await world.pass(3_999);
  assert.equal(settledAt, -1);
  await world.pass(1);
  assert.equal(settledAt, 4_000);
});

const PHASES = {
  connecting: hangs,
  connected: answers,
  waiting: fails(refused),
} as const;
for (const [phase, handshake] of Object.entries(PHASES)) {
  for (const definition of [defined("files"), command("files")]) {
    test(`a stop while ${phase} over ${definition.transport.kind} ends everything and leaves no timer`, async () => {
      const { world, coordinator, server } = stage();
      server("files").handshake = handshake;
      await coordinator.reconcile([definition]);
      await world.pass(50);
      coordinator.start();
      const asked = server("files").connects.length;
      const closed = coordinator.close();
      await world.pass(0);
      await closed;
      assert.deepEqual([world.timers, server("files").open.size], [0, 0]);
      await world.pass(600_000);
      assert.equal(server("files").connects.length, asked);
    });
  }
}

test("a stop with an open breaker, a probe under way and lists being read leaves no timer", async () => {
  const { world, coordinator, server, call } = await started(
    ["a", "b", "c"].map((name) => defined(name, { hideAfterMs: 5_000 })),
  );
  for (let count = 0; count < 5; count++) call("a", "fail");
  server("b").probe = hangs;
  server("b").link.doubt();
  server("c").reading = hangs;
  server("c").link.changeLists([]);
  server("c").link.changeLists(["x"]);
  await world.pass(20);
  const closed = coordinator.close();
  await world.pass(0);
  await closed;
  assert.equal(world.timers, 0);
});

test("a server whose start hears no abort does not hold up the reconciliations after its removal", async () => {
  const { world, coordinator, server, view } = stage();
  server("deaf").handshake = isDeaf;
  await coordinator.reconcile([defined("deaf")]);
  await world.pass(100);
  void coordinator.reconcile([]);
  void coordinator.reconcile([defined("files")]);
  await world.pass(30_000);
  assert.equal(view("files")?.status, "up");
});
