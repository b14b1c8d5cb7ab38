import assert from "node:assert/strict";
import { test } from "node:test";
import { type Log, silentLog } from "#lib/log.ts";
import { fails, refused } from "./fake-server.fixture.ts";
import { defined, stage } from "./stage.fixture.ts";

test("trouble is logged as a warning with the word that people look for, and its end is not", async () => {
  const lines: [level: "info" | "warn", message: string][] = [];
  const log: Log = {
    ...silentLog,
    info: (_fields, message) => lines.push(["info", message]),
    warn: (_fields, message) => lines.push(["warn", message]),
  };
  const { world, coordinator, server, call } = stage({ log });
  await coordinator.reconcile([defined("files")]);
  await world.pass(1_000);
  server("files").handshake = fails(refused);
  server("files").link.lose();
  for (let count = 0; count < 4; count++) call("files", "fail");
  await world.pass(2_000);
  server("files").handshake = () => Promise.resolve();
  await world.pass(60_000);
  const warned = lines.filter(([level]) => level === "warn").map(([, message]) => message);
  assert.ok(warned.includes("files failed and is down"), String(warned));
  assert.ok(warned.includes("circuit of files is open after failures"), String(warned));
  for (const [level, message] of lines) assert.equal(/error|fail/i.test(message), level === "warn", message);
  assert.deepEqual(lines.at(-1), ["info", "files is up"]);
});
