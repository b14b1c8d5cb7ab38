// One suite for the store on both of its databases: the embedded one and a real PostgreSQL.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openStore } from "#store/store.ts";
import { startPostgres } from "./pg.ts";
import { dayTests } from "./store-day-tests.ts";
import { keyTests } from "./store-key-tests.ts";
import {
  type Backend,
  definition,
  embedded,
  external,
  faultOf,
  type Now,
  opened,
  ready,
  sick,
  type Test,
  until,
} from "./store-kit.ts";
import { pageTests } from "./store-page-tests.ts";
import { batchTests, recordTests } from "./store-record-tests.ts";
import { revisionTests } from "./store-revision-tests.ts";
import { timelineTests } from "./store-timeline-tests.ts";

function serverTests(test: Test, now: Now): void {
  test("servers keep the definition that people see and forget file servers no longer named", async () => {
    await now.store.servers.syncDefinitions([
      definition("a"),
      definition("b", { url: "http://x/mcp" }),
      definition("a"),
    ]);
    await now.store.servers.syncDefinitions([definition("b", { description: "changed" })]);
    assert.deepEqual(
      (await now.store.servers.loadHealth()).map((row) => row.name),
      ["b"],
    );
    await now.store.servers.syncDefinitions([]);
    assert.deepEqual(await now.store.servers.loadHealth(), []);
  });

  test("health is saved for known servers and loaded as it was", async () => {
    await now.store.servers.syncDefinitions([definition("ill"), definition("new")]);
    await now.store.servers.saveHealth([
      { name: "ill", ...sick },
      { name: "stranger", ...sick },
    ]);
    const [ill, fresh, ...others] = await now.store.servers.loadHealth();
    assert.deepEqual(ill, { name: "ill", ...sick });
    assert.equal(fresh?.status, "unknown");
    assert.equal(fresh?.circuitState, "closed");
    assert.deepEqual([fresh?.circuitRetryAt, fresh?.autoDisabledAt, fresh?.enabledOverride], [null, null, null]);
    assert.deepEqual(others, []);
    const closed = { circuitState: "closed", circuitRetryAt: null, circuitReason: null } as const;
    const allowed = { autoDisabledAt: null, autoDisabledReason: null, enabledOverride: true };
    await now.store.servers.saveHealth([{ name: "ill", ...sick, ...closed, ...allowed }]);
    assert.deepEqual((await now.store.servers.loadHealth())[0], { name: "ill", ...sick, ...closed, ...allowed });
  });
}

function valueTests(test: Test, now: Now): void {
  test("a catalog replaces the one before it and goes with its server", async () => {
    const hint = { readOnlyHint: true };
    const tool = { title: null, description: "d", inputSchema: { type: "object" }, annotations: hint };
    const row = (of: string) => ({ ...tool, name: of, qualifiedName: `s__${of}`, definitionHash: "h" });
    const later = { tools: [{ path: 1, head: 2 }] };
    await now.store.servers.syncDefinitions([definition("s")]);
    await now.store.catalogs.save({ server: "s", hash: "1", snapshot: { tools: [1] }, tools: [row("x"), row("y")] });
    await now.store.catalogs.save({ server: "s", hash: "2", snapshot: later, tools: [row("y"), row("y")] });
    const [stored, ...more] = await now.store.catalogs.loadAll();
    const { savedAt, ...rest } = stored ?? assert.fail();
    // As text, because the order of members is kept too.
    assert.equal(JSON.stringify([rest, ...more]), JSON.stringify([{ server: "s", hash: "2", snapshot: later }]));
    assert.ok(Math.abs(savedAt - Date.now()) < 60_000);
    await now.store.servers.syncDefinitions([]);
    assert.deepEqual(await now.store.catalogs.loadAll(), []);
    await now.store.catalogs.remove("s");
  });

  test("settings are any JSON, also with characters that PostgreSQL cannot store", async () => {
    assert.equal(await now.store.settings.get("epoch"), undefined);
    await now.store.settings.set("epoch", { text: "ok", list: [1, null] });
    assert.deepEqual(await now.store.settings.get("epoch"), { text: "ok", list: [1, null] });
    await now.store.settings.set("epoch", { "k\0": "\ud800 a\0b \\u0000" });
    assert.deepEqual(await now.store.settings.get("epoch"), { "k\ufffd": "\ufffd a\ufffdb \\u0000" });
  });

  test("audit entries are kept in order", async () => {
    const entry = { principal: "admin", action: "server.add", target: "x", outcome: "ok", detail: { role: "admin" } };
    await now.store.audit.append([
      { at: 5, ...entry },
      { at: 6, ...entry, target: null },
    ]);
    const found = await now.store.audit.recent(1);
    assert.deepEqual(
      found.map(({ id, ...rest }) => rest),
      [{ at: 6, ...entry, target: null }],
    );
  });

  test("many writers at once are all acknowledged and all stored", async () => {
    const minute = { minute: 120_000, server: "many", name: "t", kind: "tool", outcome: "ok" } as const;
    const row = { ...minute, disposition: "hit", calls: 1, durationMsSum: 1, durationMsMax: 1 } as const;
    await Promise.all(Array.from({ length: 60 }, () => now.store.callMinutes.add([row])));
    const [stored] = await now.store.callMinutes.since(120_000, 1);
    assert.equal(stored?.calls, 60);
  });
}

function lifetimeTests(test: Test, now: Now): void {
  test("a database that dies is lost, calls are refused at once, and it comes back by itself with every row", async () => {
    const states: string[] = [];
    const stop = now.store.onState((state) => states.push(state));
    await now.store.settings.set("before", 1);
    const crashed = now.backend.crash();
    await until("not ready", () => now.store.state === "lost");
    assert.notEqual(now.store.reason, null);
    const askedAt = performance.now();
    await faultOf("STORE_UNAVAILABLE", now.store.settings.get("before"));
    assert.ok(performance.now() - askedAt < 1000);
    await crashed;
    await ready(now.store);
    assert.equal(await now.store.settings.get("before"), 1);
    assert.deepEqual(states, ["lost", "ready"]);
    stop();
  });

  test("opening the same database again changes nothing", async () => {
    await now.store.close();
    await faultOf("STORE_UNAVAILABLE", now.store.settings.get("before"));
    now.store = await opened(now.backend.options);
    assert.equal(await now.store.settings.get("before"), 1);
  });

  test("a schema made by a newer version is refused with a reason and left alone", async () => {
    await now.store.close();
    await now.backend.sql("insert into omni2.migrations (name, timestamp) values ('900-future', '')");
    const older = await openStore(now.backend.options);
    await until("refusal", () => /newer version of OMNI2/.test(older.reason ?? ""));
    assert.equal(older.state, "waiting");
    await older.close();
    await now.backend.sql("delete from omni2.migrations where name = '900-future'");
    now.store = await opened(now.backend.options);
  });

  test("a conflict with another transaction is tried again three times, then reported", async () => {
    await now.store.close();
    // A sequence keeps its number when the transaction is undone, so it counts the tries.
    await now.backend.sql(`create sequence omni2.tries;
      create function omni2.conflict() returns trigger language plpgsql as $$ begin
        if new.key = 'always' or nextval('omni2.tries') <= 3 then raise serialization_failure; end if;
        return new; end $$;
      create trigger conflict before insert on omni2.omni2_config for each row execute function omni2.conflict()`);
    now.store = await opened(now.backend.options);
    await now.store.settings.set("sometimes", 1);
    assert.equal(await now.store.settings.get("sometimes"), 1);
    await faultOf("STORE_UNAVAILABLE", now.store.settings.set("always", 1));
    assert.equal(now.store.state, "ready");
  });

  test("people find the tables by the documented names", async () => {
    await now.store.servers.syncDefinitions([definition("shown")]);
    await now.store.close();
    const rows = await now.backend.sql("SELECT name, health_status FROM omni2.mcp_servers");
    assert.deepEqual(rows, [{ name: "shown", health_status: "unknown" }]);
    const [who] = await now.backend.sql("SELECT current_user, current_database()");
    if (now.backend.options.url === null) assert.deepEqual(who, { current_user: "omni", current_database: "omni" });
    now.store = await opened(now.backend.options);
  });
}

function suite(name: string, prepare: () => Promise<Backend | { skip: string }>): void {
  describe(`the store on ${name}`, () => {
    const now = {} as Now;
    let skip: string | undefined;
    const test: Test = (title, body) =>
      void it(title, async (context) => (skip === undefined ? await body() : context.skip(skip)));
    before(async () => {
      const prepared = await prepare();
      if ("skip" in prepared) skip = prepared.skip;
      else Object.assign(now, { backend: prepared, store: await opened(prepared.options) });
    });
    after(async () => {
      await now.store?.close();
      await now.backend?.remove();
    });
    serverTests(test, now);
    recordTests(test, now);
    pageTests(test, now);
    dayTests(test, now);
    timelineTests(test, now);
    batchTests(test, now);
    keyTests(test, now);
    revisionTests(test, now);
    valueTests(test, now);
    lifetimeTests(test, now);
  });
}

suite("the embedded database", async () => embedded());
suite("PostgreSQL", async () => {
  const postgres = await startPostgres();
  return "skip" in postgres ? postgres : external(postgres);
});
