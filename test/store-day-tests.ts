// The part of the store's suite about days: made ahead, dropped whole, and made of what an earlier version left.
import assert from "node:assert/strict";
import type { EventRow } from "#store/tables/events.ts";
import { call, definition, type Now, opened, sick, type Test } from "./store-kit.ts";

const DAY = 86_400_000;
const NOON = Date.UTC(2031, 4, 10, 12);

export function dayTests(test: Test, now: Now): void {
  const parts = async (): Promise<string[]> => {
    await now.store.close();
    const rows = await now.backend.sql(
      `select part.relname || case when relispartition then '' else ' (loose)' end as name from pg_class part
       join pg_namespace on pg_namespace.oid = relnamespace where nspname = 'omni2' and relkind = 'r'
       and part.relname ~ '^(calls|events|mcp_health_log)_' order by 1`,
    );
    now.store = await opened(now.backend.options);
    return rows.map(({ name }) => String(name));
  };
  const at = (day: number): number => NOON + day * DAY;
  const event = (day: number): EventRow => ({
    epoch: "days",
    seq: day + 1,
    at: at(day),
    type: "ping",
    server: null,
    severity: null,
    data: {},
  });
  const row = { server: "days", status: "down", health: "unhealthy", message: "gone", latencyMs: null } as const;
  const keptCalls = async (): Promise<string[]> =>
    (await now.store.calls.page({ limit: 50, server: "days" })).items.map(({ id }) => id);
  const fill = async (days: readonly number[]): Promise<void> => {
    await now.store.calls.append(days.map((day) => call(`day-${day}`, { server: "days", at: at(day) })));
    await now.store.events.append(days.map(event));
    await now.store.healthLog.append(days.map((day) => ({ at: at(day), eventType: "probe_failed", ...row }) as const));
  };

  test("a day and the next have parts of their own, made once, also by several gateways at once", async () => {
    const { partitions } = now.store;
    await Promise.all([partitions.prepare(at(0)), partitions.prepare(at(0)), partitions.prepare(at(1))]);
    await partitions.prepare(at(0));
    const made = (await parts()).filter((name) => name.includes("203105"));
    assert.deepEqual(
      made,
      ["calls", "events", "mcp_health_log"].flatMap((table) =>
        ["10", "11", "12"].map((day) => `${table}_203105${day}`),
      ),
    );
  });

  test("rows that were there before their day was made move into it, and nothing is lost", async () => {
    await fill([0, 1, 5]);
    await now.store.partitions.prepare(at(5));
    await now.store.close();
    const [found] = await now.backend.sql(`select (select count(*)::int from omni2.calls_20310515) as calls,
      (select count(*)::int from omni2.events_20310515) as events,
      (select count(*)::int from omni2.mcp_health_log_20310515) as log`);
    assert.deepEqual(found, { calls: 1, events: 1, log: 1 });
    now.store = await opened(now.backend.options);
    assert.deepEqual(await keptCalls(), ["day-5", "day-1", "day-0"]);
  });

  test("days over their time are dropped whole, the day they end in stays, and so does a stray row's day", async () => {
    await fill([-400, -3]);
    const { partitions } = now.store;
    const before = at(1);
    assert.equal(await partitions.dropBefore("calls", before), 1);
    assert.equal(await partitions.dropBefore("calls", before), 0);
    assert.deepEqual(await keptCalls(), ["day-5", "day-1"]);
    assert.equal(
      (await now.store.events.after("days", -1000, { limit: 9 })).length,
      5,
      "other tables have their own time",
    );
    await partitions.dropBefore("events", before);
    await partitions.dropBefore("mcp_health_log", before);
    assert.deepEqual(
      (await now.store.events.after("days", -1000, { limit: 9 })).map(({ seq }) => seq),
      [2, 6],
    );
    assert.equal((await now.store.healthLog.recent("days", 9)).length, 2);
    const left = (await parts()).filter((name) => name.startsWith("calls_2031"));
    assert.deepEqual(left, ["calls_20310511", "calls_20310512", "calls_20310515", "calls_20310516"]);
  });

  test("a schema made by an earlier version is brought up to date, keeps its rows, and drops them on their time", async () => {
    await now.store.servers.syncDefinitions([definition("kept")]);
    await now.store.close();
    await now.backend.sql(EARLIER);
    now.store = await opened(now.backend.options);
    await now.store.servers.saveHealth([{ name: "kept", ...sick }]);
    assert.deepEqual(await now.store.servers.loadHealth(), [{ name: "kept", ...sick }]);
    const recent = await now.store.calls.page({ limit: 9 });
    assert.deepEqual(
      recent.items.map(({ id, queuedMs, breaker }) => [id, queuedMs, breaker]),
      [
        ["of-the-future", 0, null],
        ["of-today", 0, null],
        ["of-long-ago", 0, null],
      ],
    );
    const [logged] = await now.store.healthLog.recent("old", 5);
    assert.equal(logged?.message, "gone");
    const today = Date.now();
    await now.store.partitions.prepare(today);
    await now.store.calls.append([call("new", { at: today })]);
    await now.store.healthLog.append([{ at: today, eventType: "connected", ...row, server: "old" }]);
    assert.ok(((await now.store.healthLog.recent("old", 5))[0]?.id ?? 0) > (logged?.id ?? 0));
    assert.equal(await now.store.partitions.dropBefore("calls", today + 2 * DAY), 2);
    assert.deepEqual(
      (await now.store.calls.page({ limit: 9 })).items.map(({ id }) => id),
      ["of-the-future"],
    );
  });
}

/** Undoes the newest two steps, and leaves rows as the versions before them did. */
const EARLIER = `
  drop table omni2.calls, omni2.mcp_health_log, omni2.events, omni2.epochs;
  drop sequence omni2.mcp_health_log_numbers;
  create table omni2.calls (id text primary key, at timestamptz not null, kind text not null, server text,
    name text not null, principal text not null, era text not null, outcome text not null, fault_code text,
    disposition text not null, duration_ms double precision not null, upstream_ms double precision,
    attempts integer not null, result_bytes bigint not null);
  create index calls_at on omni2.calls (at);
  create table omni2.mcp_health_log (id bigint generated always as identity primary key, at timestamptz not null,
    server text not null, event_type text not null, status text not null, health text not null, message text not null,
    latency_ms double precision);
  create index mcp_health_log_server_at on omni2.mcp_health_log (server, at desc);
  create index mcp_health_log_at on omni2.mcp_health_log (at);
  insert into omni2.calls select id, at, 'tool', 's', 't', 'local', 'modern', 'ok', null, 'bypass', 1, null, 1, 10
    from (values ('of-long-ago', timestamptz '2020-01-01'), ('of-today', now()), ('of-the-future', now() + interval '9 days'))
      as old(id, at);
  insert into omni2.mcp_health_log (at, server, event_type, status, health, message)
    values (now() - interval '2 days', 'old', 'probe_failed', 'down', 'unhealthy', 'gone');
  alter table omni2.mcp_servers drop column circuit_retry_at, drop column circuit_reason, drop column enabled_override;
  drop table omni2.runs;
  drop index omni2.call_minutes_server_minute;
  drop table if exists omni2.api_keys, omni2.config_revisions;
  delete from omni2.migrations where name >= '005'`;
