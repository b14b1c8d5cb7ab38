// What callers of the store see while its database is not there yet, goes away, or does not answer.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isFault } from "#contract/fault.ts";
import { type Log, silentLog } from "#lib/log.ts";
import { openStore } from "#store/store.ts";
import { preparePostgres, startPostgres } from "./pg.ts";
import { faultOf, holderOf, newFolder, opened, options, query, ready, until } from "./store-kit.ts";

describe("the store and an external database", () => {
  it("waits for a database that starts later, says why, and logs that once", async (context) => {
    const postgres = await preparePostgres();
    if ("skip" in postgres || postgres.power === null) return context.skip("no PostgreSQL of our own");
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, message) => warnings.push(message), service: () => log };
    const store = await openStore(options(postgres.url, "unused", log));
    try {
      await until("a reason", () => /ECONNREFUSED/.test(store.reason ?? ""));
      assert.equal(store.state, "waiting");
      await faultOf("STORE_UNAVAILABLE", store.settings.get("x"));
      await sleep(1500);
      assert.equal(warnings.length, 1);
      await postgres.power.on();
      await ready(store);
      await store.settings.set("x", 1);
    } finally {
      await store.close();
      await postgres.stop();
    }
  });

  it("is migrated once when two gateways start at once", async (context) => {
    const postgres = await startPostgres();
    if ("skip" in postgres) return context.skip(postgres.skip);
    const stores = await Promise.all([1, 2, 3].map(() => openStore(options(postgres.url, "unused"))));
    try {
      await Promise.all(stores.map(ready));
      const rows = await query(
        { connectionString: postgres.url },
        "select count(*)::int as steps from omni2.migrations",
      );
      assert.deepEqual(rows, [{ steps: 3 }]);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
      await postgres.stop();
    }
  });

  it("refuses a text that is not a database URL without repeating it", async () => {
    await assert.rejects(openStore(options("mysql://u:secret@h/d", "unused")), (error) => {
      assert.ok(isFault(error, "CONFIG_INVALID"));
      return !error.message.includes("secret");
    });
  });
});

describe("a database that hangs", () => {
  it("never holds a caller for long, and service is resumed without it or when it wakes", async (context) => {
    const dataDir = newFolder();
    const postgres = await startPostgres();
    if ("skip" in postgres || postgres.power === null) return context.skip("no PostgreSQL of our own");
    const own = await opened(options(null, dataDir));
    const theirs = await opened(options(postgres.url, "unused"));
    try {
      process.kill(holderOf(dataDir).pid, "SIGSTOP");
      postgres.power.pause();
      const askedAt = performance.now();
      await Promise.all([own, theirs].map((store) => faultOf("STORE_UNAVAILABLE", store.settings.get("x"))));
      assert.ok(performance.now() - askedAt < 15_000);
      await ready(own);
      await until("the external one is known to be lost", () => theirs.state === "lost");
      postgres.power.resume();
      await ready(theirs);
    } finally {
      await Promise.all([own.close(), theirs.close()]);
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
