import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "#config/config.ts";
import { Fault } from "#contract/fault.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { type Log, silentLog } from "#lib/log.ts";
import type { Partitioned } from "#store/partitions.ts";
import { Retention, type RetentionDeps } from "./gateway-retention.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

function stage(retention?: { callsDays?: number; eventsDays?: number }) {
  const world = handWorld();
  const prepared: number[] = [];
  const dropped: string[] = [];
  const said: string[] = [];
  const database = { isAway: false, portions: [5_000, 12, 0] };
  const log: Log = { ...silentLog, warn: (_, message) => said.push(message), info: (_, message) => said.push(message) };
  const answer = <T>(value: T): Promise<T> =>
    database.isAway ? Promise.reject(new Fault("STORE_UNAVAILABLE", "away")) : Promise.resolve(value);
  const days = (at: number): number => (world.wall() - at) / DAY_MS;
  const store: RetentionDeps["store"] = {
    partitions: {
      prepare: (at) => answer(undefined).finally(() => prepared.push(at)),
      dropBefore(table: Partitioned, at) {
        dropped.push(`${table} ${days(at)}`);
        return answer(1);
      },
    },
    callMinutes: {
      prune(at) {
        dropped.push(`minutes ${days(at)}`);
        return answer(database.portions.shift() ?? 0);
      },
    },
    audit: {
      prune(at) {
        dropped.push(`audit ${days(at)}`);
        return answer(0);
      },
    },
    keys: {
      prune(at) {
        dropped.push(`keys ${days(at)}`);
        return answer(undefined);
      },
    },
  };
  const config = { current: () => ({ document: { omni2: { retention } } }) } as unknown as Pick<Config, "current">;
  return { world, prepared, dropped, said, database, retention: new Retention({ store, config, world, log }) };
}

test("each day is prepared once, before the first write of it", async () => {
  const { world, prepared, retention } = stage();
  await retention.prepare();
  await retention.prepare();
  assert.deepEqual(prepared, [world.wall()]);
  world.advance(DAY_MS);
  await retention.prepare();
  assert.deepEqual(prepared, [world.wall() - DAY_MS, world.wall()]);
});

test("a day that cannot be prepared holds nothing up and is tried again in a minute", async () => {
  const { world, prepared, retention, database, said } = stage();
  database.isAway = true;
  await retention.prepare();
  await retention.prepare();
  assert.equal(prepared.length, 1);
  assert.match(said.join(), /tried again in a minute/);
  database.isAway = false;
  world.advance(60_000);
  await retention.prepare();
  await retention.prepare();
  assert.equal(prepared.length, 2);
});

test("what is over its time is dropped at once and every hour: calls after 7 days, events after 30, deeds and keys after 366", async () => {
  const { world, dropped, retention, said } = stage();
  retention.start();
  await settle();
  const once = ["calls 7", "events 30", "mcp_health_log 30", "minutes 7", "audit 366", "keys 366"];
  assert.deepEqual(dropped.splice(0).sort(), [...once, "minutes 7", "minutes 7"].sort());
  assert.deepEqual(said, ["Days over their time were dropped"]);
  retention.start();
  await settle();
  dropped.length = 0;
  world.advance(HOUR_MS);
  await settle();
  assert.deepEqual(dropped, once, "a second start does not double it");
  retention.stop();
  world.advance(3 * HOUR_MS);
  await settle();
  assert.deepEqual(dropped, once);
});

test("the configured times hold, and a database that is away is asked again in an hour", async () => {
  const { world, dropped, retention, database, said } = stage({ callsDays: 2, eventsDays: 3 });
  database.isAway = true;
  retention.start();
  await settle();
  assert.deepEqual(dropped.splice(0), ["calls 2"]);
  assert.match(said.join(), /tried again in an hour/);
  database.isAway = false;
  world.advance(HOUR_MS);
  await settle();
  assert.deepEqual(dropped.slice(0, 4), ["calls 2", "events 3", "mcp_health_log 3", "minutes 2"]);
});
