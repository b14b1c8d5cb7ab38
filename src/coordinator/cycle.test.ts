import assert from "node:assert/strict";
import { test } from "node:test";
import { type Log, silentLog } from "#lib/log.ts";
import { defined, stage } from "./stage.fixture.ts";

function listening() {
  const lines: { readonly fields: object; readonly message: string }[] = [];
  const log: Log = { ...silentLog, info: (fields, message) => lines.push({ fields, message }) };
  /** The summaries told since this was asked last. */
  const summaries = () => lines.splice(0).filter(({ message }) => message.startsWith("MCP Coordinator: "));
  return { log, summaries };
}

test("a line a minute tells the servers by status, the probes and the reconnects since the last line", async () => {
  const { log, summaries } = listening();
  const { world, coordinator, server } = stage({ log });
  coordinator.start();
  await coordinator.reconcile([defined("files"), defined("git")]);
  await world.pass(30_000);
  server("git").link.lose();
  await world.pass(29_000);
  assert.deepEqual(summaries(), []);
  await world.pass(1_000);
  const [first] = summaries();
  const probes = server("files").probes.length + server("git").probes.length;
  assert.ok(probes > 0);
  assert.deepEqual(first?.fields, { servers: { up: 2 }, probes, reconnects: 1 });
  assert.equal(first?.message, `MCP Coordinator: 2 up; ${probes} probes, 1 reconnects`);
  await world.pass(60_000);
  const later = server("files").probes.length + server("git").probes.length - probes;
  assert.deepEqual(
    summaries().map(({ fields }) => fields),
    [{ servers: { up: 2 }, probes: later, reconnects: 0 }],
  );
});

test("with nothing to look after a line comes every ten minutes, and the heartbeat goes on", async () => {
  const { log, summaries } = listening();
  const { world, coordinator } = stage({ log });
  coordinator.start();
  await world.pass(599_000);
  assert.deepEqual(summaries(), []);
  assert.ok(world.now() - coordinator.heartbeatAt <= 30_000);
  await world.pass(1_000);
  assert.deepEqual(
    summaries().map(({ message }) => message),
    ["MCP Coordinator: no servers; 0 probes, 0 reconnects"],
  );
});

test("lines of a minute in which all is well hold neither `error` nor `fail`", async () => {
  const { log, summaries } = listening();
  const { world, coordinator } = stage({ log });
  coordinator.start();
  await coordinator.reconcile([defined("files")]);
  await world.pass(600_000);
  const text = JSON.stringify(summaries());
  assert.match(text, /coordinator/i);
  assert.doesNotMatch(text, /error|fail/i);
});
