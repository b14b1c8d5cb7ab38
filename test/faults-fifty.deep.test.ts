// What does one faulty server cost forty-nine others, and what happens when many are lost together? Nothing, and nothing lasting.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Fifty, openFifty, visit } from "./faults/fifty.ts";
import { api, QUICK } from "./faults/stage.ts";
import { createDice } from "./kills-kit.ts";
import { until } from "./kit.ts";

/** Of those lost, fewer than half come back within so many milliseconds. */
const BURST_MS = 250;
const RECOVERY_LIMIT_MS = 15_000;

let fifty: Fifty;

before(async () => {
  fifty = await openFifty();
});

after(() => fifty?.close());

/** What the faulty one does to single calls, and what all of it does for a while. */
const CALLS = [
  "hang",
  "garbage",
  "truncated",
  "endless",
  "big",
  "deep",
  "wrong_id",
  "both",
  "neither",
  "reset",
  "twice",
  "stderr",
];
const MODES = [
  "hang",
  "slow 1000",
  "reset",
  "garbage",
  "html",
  "status 500",
  "status 503",
  "status 429 1",
  "status 401",
  "forget",
];
const MODE_MS = 1_200;
const MEBIBYTES = 8 * 1024 * 1024;

async function misbehave(server: string): Promise<void> {
  const limitMs = QUICK.timeoutMs + 500;
  const behave = (what: string) =>
    fifty.caller.call({ server, tool: "behave", arguments: { do: what, bytes: MEBIBYTES, how: "unknown" }, limitMs });
  for (const what of CALLS) await Promise.all([behave(what), behave(what)]);
  for (const mode of MODES) {
    fifty.folder.setMode(server, mode);
    const endsAt = performance.now() + MODE_MS;
    while (performance.now() < endsAt) await behave("ok");
  }
  fifty.folder.setMode(server, "");
  // Refused credentials are a person's matter: without one they are tried again only after half a minute.
  await api(fifty.gateway, `POST /api/servers/${server}/reconnect`, {});
  // It is one of the others from now on.
  await fifty.allUp([server], RECOVERY_LIMIT_MS);
}

describe("fifty servers", () => {
  it("one of fifty that does every wrong in turn costs the others nothing", async () => {
    for (const faulty of ["s0-stdio", "s1-http", "s2-modern", "s3-sse"]) {
      const others = fifty.names.filter((name) => name !== faulty);
      const visits = visit(fifty, others);
      await misbehave(faulty);
      const calls = await visits.end();
      assert.ok(calls >= others.length, `${calls} calls were made of the others`);
    }
    await fifty.allUp(fifty.names, RECOVERY_LIMIT_MS);
    process.kill(fifty.gateway.pid, 0);
  });

  it("some that are silenced one by one and released in another order all recover", async () => {
    const dice = createDice(60);
    const shuffled = (names: readonly string[]): string[] =>
      names
        .map((name) => ({ name, at: dice() }))
        .sort((a, b) => a.at - b.at)
        .map(({ name }) => name);
    const silenced = shuffled(fifty.names).slice(0, 12);
    const visits = visit(
      fifty,
      fifty.names.filter((name) => !silenced.includes(name)),
    );
    for (const server of silenced) {
      fifty.folder.setMode(server, "hang");
      await sleep(dice() * 500);
    }
    await sleep(3_000);
    for (const server of shuffled(silenced)) {
      fifty.folder.setMode(server, "");
      await sleep(dice() * 500);
    }
    await fifty.allUp(fifty.names, RECOVERY_LIMIT_MS);
    await visits.end();
  });

  it("all that are lost at once come back by themselves, and not all at once", async () => {
    const local = visit(fifty, ["s0-stdio"]);
    const from = fifty.watcher.frames.length;
    const told = (event: string): { name: string; ts: number }[] =>
      fifty.watcher.frames
        .slice(from)
        .flatMap(({ type, data, ts }) =>
          type === "health_event" && data.event_type === event ? [{ name: data.name, ts }] : [],
        );
    await fifty.proxy.down();
    await sleep(4_000);
    const lost = new Set(told("disconnected").map(({ name }) => name));
    assert.ok(lost.size > 40, `${lost.size} were lost`);
    await fifty.proxy.up();
    const upAt = Date.now();
    await until("all are back", () => told("connected").length >= lost.size, RECOVERY_LIMIT_MS);
    await fifty.allUp(fifty.names, RECOVERY_LIMIT_MS);
    const returned = told("connected").flatMap(({ ts }) => (ts >= upAt ? [ts - upAt] : []));
    const together = returned.map((at) => returned.filter((other) => other >= at && other < at + BURST_MS).length);
    assert.ok(Math.max(...together) < lost.size / 2, `${Math.max(...together)} of ${lost.size} within ${BURST_MS} ms`);
    await local.end();
  });
});
