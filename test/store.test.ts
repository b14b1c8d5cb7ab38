// One suite for the store on both of its databases: the embedded one and a real PostgreSQL.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { CallRecord } from "#contract/call.ts";
import { type FaultCode, isFault } from "#contract/fault.ts";
import { type Log, silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { openEmbeddedSource } from "#store/source.ts";
import { openStore, type Store, type StoreOptions } from "#store/store.ts";
import type { ServerDefinitionRow, ServerHealthRow } from "#store/tables/servers.ts";
import { preparePostgres, startPostgres, type TestPostgres } from "./pg.ts";

interface Backend {
  readonly options: StoreOptions;
  /** Ends the database as a crash does; it can be reached again a moment later. */
  crash(): Promise<void>;
  /** Statements past the store, which must be closed. */
  sql(text: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

const options = (url: string | null, dataDir: string, log: Log = silentLog): StoreOptions => ({
  url,
  dataDir,
  log,
  world: systemWorld,
});

const newFolder = (): string => mkdtempSync(join(tmpdir(), "omni2-store-"));
const holderOf = (dataDir: string): { pid: number; gatewayPid: number } =>
  JSON.parse(readFileSync(join(dataDir, "pg.lock"), "utf8"));

async function query(config: object, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function embedded(): Backend {
  const dataDir = newFolder();
  return {
    options: options(null, dataDir),
    crash: async () => void process.kill(holderOf(dataDir).pid, "SIGKILL"),
    async sql(text) {
      const source = await openEmbeddedSource(dataDir, systemWorld);
      try {
        return await query(await source.locate(), text);
      } finally {
        await source.close();
      }
    },
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

const external = (postgres: TestPostgres): Backend => ({
  options: options(postgres.url, "unused"),
  async crash() {
    await postgres.power?.off();
    await postgres.power?.on();
  },
  sql: (text) => query({ connectionString: postgres.url }, text),
  remove: () => postgres.stop(),
});

async function until(what: string, holds: () => boolean | Promise<boolean>, patienceMs = 20_000): Promise<void> {
  for (const giveUpAt = performance.now() + patienceMs; !(await holds()); await sleep(20)) {
    if (performance.now() > giveUpAt) assert.fail(`not within ${patienceMs} ms: ${what}`);
  }
}

const ready = (store: Store): Promise<void> => until(`ready (${store.reason})`, () => store.state === "ready");

async function opened(with_: StoreOptions): Promise<Store> {
  const store = await openStore(with_);
  await ready(store);
  return store;
}

const faultOf = async (code: FaultCode, work: Promise<unknown>): Promise<void> =>
  assert.rejects(work, (error) => isFault(error, code) || assert.fail(`not ${code}: ${error}`));

const definition = (name: string, more: Partial<ServerDefinitionRow> = {}): ServerDefinitionRow => ({
  name,
  origin: "file",
  url: null,
  description: "",
  protocol: "stdio",
  timeoutSeconds: 60,
  enabled: true,
  ...more,
});

const sick: Omit<ServerHealthRow, "name"> = {
  status: "down",
  statusReason: "refused",
  link: "closed",
  health: "unhealthy",
  circuitState: "open",
  consecutiveFailures: 5,
  failureCycles: 1,
  lastProbeAt: 1_700_000_000_123,
  lastRecoveryAt: null,
  totalDowntimeSeconds: 12.5,
};

const call = (id: string, more: Partial<CallRecord> = {}): CallRecord => ({
  id,
  at: 1_700_000_000_001,
  kind: "tool",
  server: "files",
  name: "read",
  principal: "local",
  era: "modern",
  outcome: "ok",
  faultCode: null,
  disposition: "miss",
  durationMs: 1.25,
  upstreamMs: null,
  attempts: 1,
  resultBytes: 3_000_000_000,
  ...more,
});

function suite(name: string, prepare: () => Promise<Backend | { skip: string }>): void {
  describe(`the store on ${name}`, () => {
    let backend: Backend;
    let store: Store;
    let skip: string | undefined;
    const test = (title: string, body: () => Promise<void>): void =>
      void it(title, async (context) => (skip === undefined ? await body() : context.skip(skip)));

    before(async () => {
      const prepared = await prepare();
      if ("skip" in prepared) skip = prepared.skip;
      else {
        backend = prepared;
        store = await opened(backend.options);
      }
    });
    after(async () => {
      await store?.close();
      await backend?.remove();
    });

    test("servers keep the definition that people see and forget file servers no longer named", async () => {
      await store.servers.syncDefinitions([definition("a"), definition("b", { url: "http://x/mcp" }), definition("a")]);
      await store.servers.syncDefinitions([definition("b", { description: "changed" })]);
      assert.deepEqual(
        (await store.servers.loadHealth()).map((row) => row.name),
        ["b"],
      );
      await store.servers.syncDefinitions([]);
      assert.deepEqual(await store.servers.loadHealth(), []);
    });

    test("a server added over REST keeps its definition, whatever a file says later", async () => {
      await store.servers.saveApiDefinition("mine", { url: "https://x/mcp", headers: { a: "b" } });
      await faultOf("CONFIG_CONFLICT", store.servers.saveApiDefinition("mine", {}));
      await store.servers.syncDefinitions([definition("mine"), definition("file")]);
      await faultOf("CONFIG_CONFLICT", store.servers.saveApiDefinition("file", {}));
      await store.servers.syncDefinitions([]);
      const stored = { name: "mine", definition: { url: "https://x/mcp", headers: { a: "b" } } };
      assert.deepEqual(await store.servers.listApiDefinitions(), [stored]);
      assert.equal(await store.servers.removeApiDefinition("mine"), true);
      assert.equal(await store.servers.removeApiDefinition("mine"), false);
      assert.deepEqual(await store.servers.listApiDefinitions(), []);
    });

    test("health is saved for known servers and loaded as it was", async () => {
      await store.servers.syncDefinitions([definition("ill"), definition("new")]);
      await store.servers.saveHealth([
        { name: "ill", ...sick },
        { name: "stranger", ...sick },
      ]);
      const [ill, fresh, ...others] = await store.servers.loadHealth();
      assert.deepEqual(ill, { name: "ill", ...sick });
      assert.equal(fresh?.status, "unknown");
      assert.equal(fresh?.circuitState, "closed");
      assert.deepEqual(others, []);
    });

    test("the health log answers the newest rows first and drops old ones", async () => {
      const row = { server: "s", status: "down", health: "unhealthy", message: "gone", latencyMs: null } as const;
      await store.healthLog.append([
        { at: 1000, eventType: "probe_failed", ...row },
        { at: 2000, eventType: "disconnected", ...row },
      ]);
      const recent = await store.healthLog.recent("s", 5);
      assert.deepEqual(
        recent.map((found) => [found.at, found.eventType]),
        [
          [2000, "disconnected"],
          [1000, "probe_failed"],
        ],
      );
      assert.equal(await store.healthLog.prune(2000), 1);
      assert.equal((await store.healthLog.recent("s", 5)).length, 1);
    });

    test("call records come back as they were, and a batch sent twice counts once", async () => {
      const records = [call("one"), call("two", { at: 1_700_000_000_002, server: null, faultCode: "TOOL_NOT_FOUND" })];
      await store.calls.append(records);
      await store.calls.append(records);
      assert.deepEqual(await store.calls.recent(10), [records[1], records[0]]);
      assert.equal(await store.calls.prune(1_700_000_000_002), 1);
    });

    test("minutes of calls add up, within a batch and between batches", async () => {
      const minute = { minute: 60_000, name: "t", kind: "tool", outcome: "ok", disposition: "hit" } as const;
      const row = { ...minute, server: null, calls: 2, durationMsSum: 10, durationMsMax: 7 };
      await store.callMinutes.add([row, { ...row, durationMsMax: 3 }]);
      await store.callMinutes.add([
        { ...row, durationMsMax: 9 },
        { ...row, server: "s" },
      ]);
      assert.deepEqual(await store.callMinutes.since(60_000, 10), [
        { ...row, calls: 6, durationMsSum: 30, durationMsMax: 9 },
        { ...row, server: "s" },
      ]);
      assert.equal(await store.callMinutes.prune(60_001), 2);
    });

    test("a catalog replaces the one before it and goes with its server", async () => {
      const hint = { readOnlyHint: true };
      const tool = { title: null, description: "d", inputSchema: { type: "object" }, annotations: hint };
      const row = (of: string) => ({ ...tool, name: of, qualifiedName: `s__${of}`, definitionHash: "h" });
      await store.servers.syncDefinitions([definition("s")]);
      await store.catalogs.save({ server: "s", hash: "1", snapshot: { tools: [1] }, tools: [row("x"), row("y")] });
      await store.catalogs.save({ server: "s", hash: "2", snapshot: { tools: [2] }, tools: [row("y"), row("y")] });
      const stored = await store.catalogs.loadAll();
      assert.deepEqual(
        stored.map(({ savedAt, ...rest }) => rest),
        [{ server: "s", hash: "2", snapshot: { tools: [2] } }],
      );
      assert.ok(Math.abs((stored[0]?.savedAt ?? 0) - Date.now()) < 60_000);
      await store.servers.syncDefinitions([]);
      assert.deepEqual(await store.catalogs.loadAll(), []);
      await store.catalogs.remove("s");
    });

    test("settings are any JSON, also with characters that PostgreSQL cannot store", async () => {
      assert.equal(await store.settings.get("epoch"), undefined);
      await store.settings.set("epoch", { text: "ok", list: [1, null] });
      assert.deepEqual(await store.settings.get("epoch"), { text: "ok", list: [1, null] });
      await store.settings.set("epoch", { "k\0": "\ud800 a\0b \\u0000" });
      assert.deepEqual(await store.settings.get("epoch"), { "k\ufffd": "\ufffd a\ufffdb \\u0000" });
    });

    test("audit entries are kept in order", async () => {
      const entry = { principal: "admin", action: "server.add", target: "x", outcome: "ok", detail: { role: "admin" } };
      await store.audit.append([
        { at: 5, ...entry },
        { at: 6, ...entry, target: null },
      ]);
      const found = await store.audit.recent(1);
      assert.deepEqual(
        found.map(({ id, ...rest }) => rest),
        [{ at: 6, ...entry, target: null }],
      );
    });

    test("many writers at once are all acknowledged and all stored", async () => {
      const minute = { minute: 120_000, server: "many", name: "t", kind: "tool", outcome: "ok" } as const;
      const row = { ...minute, disposition: "hit", calls: 1, durationMsSum: 1, durationMsMax: 1 } as const;
      await Promise.all(Array.from({ length: 60 }, () => store.callMinutes.add([row])));
      const [stored] = await store.callMinutes.since(120_000, 1);
      assert.equal(stored?.calls, 60);
    });

    test("a database that dies is lost, calls are refused at once, and it comes back by itself with every row", async () => {
      const states: string[] = [];
      const stop = store.onState((state) => states.push(state));
      await store.settings.set("before", 1);
      const crashed = backend.crash();
      await until("not ready", () => store.state === "lost");
      assert.notEqual(store.reason, null);
      const askedAt = performance.now();
      await faultOf("STORE_UNAVAILABLE", store.settings.get("before"));
      assert.ok(performance.now() - askedAt < 1000);
      await crashed;
      await ready(store);
      assert.equal(await store.settings.get("before"), 1);
      assert.deepEqual(states, ["lost", "ready"]);
      stop();
    });

    test("opening the same database again changes nothing", async () => {
      await store.close();
      await faultOf("STORE_UNAVAILABLE", store.settings.get("before"));
      store = await opened(backend.options);
      assert.equal(await store.settings.get("before"), 1);
    });

    test("a schema made by a newer version is refused with a reason and left alone", async () => {
      await store.close();
      await backend.sql("insert into omni2.migrations (name, timestamp) values ('900-future', '')");
      const older = await openStore(backend.options);
      await until("refusal", () => /newer version of OMNI2/.test(older.reason ?? ""));
      assert.equal(older.state, "waiting");
      await older.close();
      await backend.sql("delete from omni2.migrations where name = '900-future'");
      store = await opened(backend.options);
    });

    test("people find the tables by the documented names", async () => {
      await store.servers.syncDefinitions([definition("shown")]);
      await store.close();
      const rows = await backend.sql("SELECT name, health_status FROM omni2.mcp_servers");
      assert.deepEqual(rows, [{ name: "shown", health_status: "unknown" }]);
      const [who] = await backend.sql("SELECT current_user, current_database()");
      if (backend.options.url === null) assert.deepEqual(who, { current_user: "omni", current_database: "omni" });
      store = await opened(backend.options);
    });
  });
}

suite("the embedded database", async () => embedded());
suite("PostgreSQL", async () => {
  const postgres = await startPostgres();
  return "skip" in postgres ? postgres : external(postgres);
});

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

describe("the embedded database's data directory", () => {
  it("is refused to a second gateway, which learns who holds it, and the first is unharmed", async () => {
    const dataDir = newFolder();
    const first = await opened(options(null, dataDir));
    await first.settings.set("mine", 1);
    await assert.rejects(openStore(options(null, join(dataDir, "."))), (error) => {
      assert.ok(isFault(error, "DATA_DIR_IN_USE"));
      assert.equal(error.row.exit, 3);
      assert.match(error.message, new RegExp(`pid ${process.pid} .*pid ${holderOf(dataDir).pid}`));
      return true;
    });
    assert.equal(await first.settings.get("mine"), 1);
    assert.equal(first.state, "ready");
    await first.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("that cannot be made is a clear fault", async () => {
    await faultOf("CONFIG_INVALID", openStore(options(null, join(import.meta.filename, "data"))));
  });

  it("keeps every acknowledged row when its gateway is killed mid-write, and opens again", async () => {
    const dataDir = newFolder();
    let acknowledged = 0;
    for (let round = 0; round < 5; round++) acknowledged = await writeUntilKilled(dataDir, acknowledged + 1);
    const store = await opened(options(null, dataDir));
    const stored = new Set((await store.audit.recent(1_000_000)).map((row) => Number(row.target)));
    await store.close();
    const missing = Array.from({ length: acknowledged }, (_, index) => index + 1).filter((row) => !stored.has(row));
    assert.deepEqual(missing, []);
    rmSync(dataDir, { recursive: true, force: true });
  });
});

/** The last number acknowledged before SIGKILL; numbers continue without a gap over rounds. */
async function writeUntilKilled(dataDir: string, first: number): Promise<number> {
  const writer: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, "store-writer.ts"), dataDir, String(first)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  writer.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const closed = new Promise((resolve) => writer.once("close", resolve));
  await until("the writer writes", () => output.split("\n").length > 50);
  await sleep(Math.random() * 200);
  writer.kill("SIGKILL");
  await closed;
  const last = Number(output.split("\n").at(-2));
  assert.ok(last > first);
  return last;
}
