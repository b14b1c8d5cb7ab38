import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "#contract/fault.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { silentLog } from "#lib/log.ts";
import type { Store } from "#store/store.ts";
import type { RunRow } from "#store/tables/runs.ts";
import { RENEW_MS, Runs, watchedTimes } from "./gateway-runs.ts";

function stage() {
  const world = handWorld();
  const ready = Promise.withResolvers<void>();
  const told: unknown[][] = [];
  const database = { isAway: false };
  const tell = async (...words: unknown[]): Promise<number> => {
    if (database.isAway) throw new Fault("STORE_UNAVAILABLE", "away");
    told.push(words);
    return 7;
  };
  const start = world.wall();
  const store = {
    runs: {
      begin: (at: number) => tell("begin", at - start),
      seen: (id: number, at: number) => tell("seen", id, at - start),
      stop: (id: number, at: number) => tell("stop", id, at - start),
    },
  } as unknown as Pick<Store, "runs">;
  const runs = new Runs({ store, world, log: silentLog, ready: ready.promise });
  return { world, ready, told, database, runs };
}

test("a run is written down from its start on, renewed, and ended", async () => {
  const { world, ready, told, runs } = stage();
  world.advance(2_000);
  ready.resolve();
  await settle();
  world.advance(RENEW_MS);
  await settle();
  world.advance(10);
  await runs.close();
  assert.deepEqual(told, [
    ["begin", 0],
    ["seen", 7, 2_000],
    ["seen", 7, 2_000 + RENEW_MS],
    ["stop", 7, 2_010 + RENEW_MS],
  ]);
  assert.equal(world.timers, 0);
});

test("what could not be stored is stored when the database is back", async () => {
  const { world, ready, told, database, runs } = stage();
  database.isAway = true;
  ready.resolve();
  await settle();
  database.isAway = false;
  world.advance(RENEW_MS);
  await settle();
  assert.deepEqual(told, [
    ["begin", 0],
    ["seen", 7, RENEW_MS],
  ]);
  database.isAway = true;
  await assert.rejects(runs.close());
});

test("a run that never reached its database leaves nothing behind", async () => {
  const { ready, told, runs, world } = stage();
  await runs.close();
  ready.resolve();
  await settle();
  assert.deepEqual([told, world.timers], [[], 0]);
});

test("a run that did not stop cleanly lasted until it was last seen, or the last was told before the next began", () => {
  const run = (startedAt: number, seenAt: number, stoppedAt: number | null = null): RunRow => ({
    startedAt,
    seenAt,
    stoppedAt,
  });
  const runs = [run(0, 10), run(20, 30), run(40, 45, 45), run(50, 60)];
  assert.deepEqual(watchedTimes(runs, [5, 33, 41, 70]), [
    { from: 0, to: 10 },
    { from: 20, to: 33 },
    { from: 40, to: 45 },
    { from: 50, to: 70 },
  ]);
});
