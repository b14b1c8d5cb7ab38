// What callers of the store see while its database is not there yet, goes away, or does not answer.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
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
      const steps = readdirSync(join(import.meta.dirname, "../src/store/migrations")).length;
      assert.deepEqual(rows, [{ steps }]);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
      await postgres.stop();
    }
  });

  it("outlives a connection that is reset in the middle of a statement", async (context) => {
    const postgres = await startPostgres();
    if ("skip" in postgres) return context.skip(postgres.skip);
    const way = await openWay(postgres.url);
    const store = await opened(options(way.url, "unused"));
    const other = new Client({ connectionString: postgres.url });
    try {
      await other.connect();
      await other.query("begin");
      await other.query("lock table omni2.omni2_config");
      const waiting = "select 1 from pg_stat_activity where application_name = 'omni2' and wait_event_type = 'Lock'";
      const refused = faultOf("STORE_UNAVAILABLE", store.settings.set("x", 1));
      await until("the statement runs", async () => ((await other.query(waiting)).rowCount ?? 0) > 0);
      way.reset();
      await refused;
      await other.query("rollback");
      await ready(store);
      await store.settings.set("x", 2);
      assert.equal(await store.settings.get("x"), 2);
    } finally {
      await other.end();
      await store.close();
      way.close();
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

/** Another address of the same database, whose connections can be reset. */
async function openWay(url: string): Promise<{ url: string; reset(): void; close(): void }> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(Number(port || 5432), hostname);
    for (const end of [socket, onward]) end.on("error", () => {}).on("close", () => onward.destroy());
    socket.pipe(onward).pipe(socket);
    sockets.add(socket.on("close", () => sockets.delete(socket)));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const own = new URL(url);
  own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: own.href,
    reset,
    close() {
      reset();
      server.close();
    },
  };
}

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
