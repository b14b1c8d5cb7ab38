// What does one faulty server cost forty-nine others, and what happens when many are lost together? Nothing, and nothing lasting.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Fifty, openFifty, visit } from "./faults/fifty.ts";
import { QUICK } from "./faults/stage.ts";
import { createDice } from "./kills-kit.ts";

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
    const until = performance.now() + MODE_MS;
    while (performance.now() < until) await behave("ok");
  }
  fifty.folder.setMode(server, "");
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
    const remote = fifty.names.filter((name) => !name.endsWith("stdio"));
    const local = visit(fifty, ["s0-stdio"]);
    await fifty.proxy.down();
    await sleep(4_000);
    const from = fifty.watcher.frames.length;
    await fifty.proxy.up();
    const upAt = Date.now();
    await fifty.allUp(fifty.names, RECOVERY_LIMIT_MS);
    const returned = fifty.watcher.frames
      .slice(from)
      .flatMap(({ type, data, ts }) => (type === "health_event" && data.event_type === "connected" ? [ts - upAt] : []));
    assert.ok(returned.length >= remote.length, `${returned.length} of ${remote.length} told that they are back`);
    const perSecond = returned.map((at) => returned.filter((other) => other >= at && other < at + 100).length);
    assert.ok(Math.max(...perSecond) < remote.length / 2, `${Math.max(...perSecond)} within a tenth of a second`);
    await local.end();
    console.log(`returned after ms: ${returned.sort((a, b) => a - b)}`);
  });
});
