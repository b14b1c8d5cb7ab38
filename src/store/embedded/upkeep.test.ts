import assert from "node:assert/strict";
import { test } from "node:test";
import { createUpkeep } from "./upkeep.ts";

function kept(worn: string[] = [], unknown: string[] = []) {
  const clock = { now: 0 };
  const done: string[] = [];
  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    if (!sql.startsWith("select")) done.push(sql);
    const table = sql.includes("n_dead_tup") ? worn.shift() : sql.includes("n_mod_since") ? unknown.shift() : undefined;
    return table === undefined ? [] : [{ name: table }];
  };
  return { clock, done, upkeep: createUpkeep({ query, now: () => clock.now }) };
}

test("a checkpoint follows every 2 MiB of statements, and every minute", async () => {
  const { clock, done, upkeep } = kept();
  await upkeep.rest(2 * 1024 * 1024);
  assert.deepEqual(done, []);
  await upkeep.rest(1);
  assert.deepEqual(done, ["checkpoint"]);
  await upkeep.rest(1);
  clock.now += 60_001;
  await upkeep.rest(1);
  assert.deepEqual(done, ["checkpoint", "checkpoint"]);
});

test("the most worn table is vacuumed, one at a time", async () => {
  const { clock, done, upkeep } = kept(["omni2.calls"]);
  for (let minute = 0; minute < 6; minute++) {
    clock.now += 50_000;
    await upkeep.rest(1);
  }
  assert.deepEqual(
    done.filter((sql) => sql !== "checkpoint"),
    ["vacuum (analyze) omni2.calls"],
  );
});

test("tables that have much that nobody counted are counted, one at a time", async () => {
  const { clock, done, upkeep } = kept([], ["omni2.calls_20261123", "omni2.events_20261123"]);
  for (let second = 0; second < 30; second++) {
    clock.now += 1_000;
    await upkeep.rest(1);
  }
  assert.deepEqual(done, ["analyze omni2.calls_20261123", "analyze omni2.events_20261123"]);
});

test("a failing statement is left for later", async () => {
  const query = async (): Promise<never> => Promise.reject(new Error("disk full"));
  await createUpkeep({ query, now: () => 0 }).rest(1e9);
});
