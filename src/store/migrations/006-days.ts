// Calls, events and the health log lie in one table per day, so that old days are dropped whole. What was there before
// becomes the first part of the new tables: nothing is copied, only checked and indexed.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

type Database = Kysely<unknown>;

const SET_ASIDE = [
  sql`alter table omni2.calls rename to calls_before`,
  sql`alter table omni2.calls_before drop constraint calls_pkey`,
  sql`alter index omni2.calls_at rename to calls_before_at`,
  sql`alter table omni2.calls_before
    add column cache_reason text,
    add column age_ms double precision,
    add column queued_ms double precision not null default 0,
    add column backoff_ms double precision not null default 0,
    add column breaker text`,
  sql`alter table omni2.mcp_health_log rename to mcp_health_log_before`,
  sql`alter table omni2.mcp_health_log_before drop constraint mcp_health_log_pkey`,
  sql`alter table omni2.mcp_health_log_before alter column id drop identity`,
  sql`alter index omni2.mcp_health_log_server_at rename to mcp_health_log_before_server_at`,
  sql`alter index omni2.mcp_health_log_at rename to mcp_health_log_before_at`,
];

const CALLS = [
  sql`create table omni2.calls (
    id text not null,
    at timestamptz not null,
    kind text not null,
    server text,
    name text not null,
    principal text not null,
    era text not null,
    outcome text not null,
    fault_code text,
    disposition text not null,
    cache_reason text,
    age_ms double precision,
    duration_ms double precision not null,
    queued_ms double precision not null default 0,
    backoff_ms double precision not null default 0,
    upstream_ms double precision,
    breaker text,
    attempts integer not null,
    result_bytes bigint not null,
    primary key (id, at)
  ) partition by range (at)`,
  sql`create index calls_at on omni2.calls (at)`,
  sql`create index calls_server_at on omni2.calls (server, at)`,
  sql`create index calls_name_at on omni2.calls (name, at)`,
  sql`create index calls_principal_at on omni2.calls (principal, at)`,
  sql`create index calls_outcome_at on omni2.calls (outcome, at)`,
  sql`create index calls_disposition_at on omni2.calls (disposition, at)`,
];

const HEALTH_LOG = [
  // An identity column of a table in parts is known to PostgreSQL 17 and later only.
  sql`create sequence omni2.mcp_health_log_numbers`,
  sql`select setval('omni2.mcp_health_log_numbers', coalesce(max(id), 0) + 1, false) from omni2.mcp_health_log_before`,
  sql`create table omni2.mcp_health_log (
    id bigint not null default nextval('omni2.mcp_health_log_numbers'),
    at timestamptz not null,
    server text not null,
    event_type text not null,
    status text not null,
    health text not null,
    message text not null,
    latency_ms double precision,
    primary key (id, at)
  ) partition by range (at)`,
  sql`create index mcp_health_log_server_at on omni2.mcp_health_log (server, at desc)`,
  sql`create index mcp_health_log_at on omni2.mcp_health_log (at)`,
];

const EVENTS = [
  sql`create table omni2.events (
    epoch text not null,
    seq bigint not null,
    at timestamptz not null,
    type text not null,
    server text,
    severity text,
    payload jsonb not null,
    primary key (epoch, seq, at)
  ) partition by range (at)`,
  sql`create index events_at on omni2.events (at)`,
  sql`create index events_server_at on omni2.events (server, at)`,
  sql`create index events_type_at on omni2.events (type, at)`,
  sql`create table omni2.epochs (
    epoch text primary key,
    seq bigint not null default 0,
    taken_at timestamptz not null default now(),
    stopped_at timestamptz
  )`,
];

const DEFAULTS = ["calls", "mcp_health_log", "events"].map(
  (table) => sql`create table ${sql.id("omni2", `${table}_default`)} partition of ${sql.id("omni2", table)} default`,
);

export const days: Migration = {
  async up(db: Database) {
    for (const statement of [...SET_ASIDE, ...CALLS, ...HEALTH_LOG, ...EVENTS, ...DEFAULTS])
      await statement.execute(db);
    await takeOver(db, "calls");
    await takeOver(db, "mcp_health_log");
  },
};

/** The old rows, up to the end of their last day, become the first part; rows of the future go where they can wait. */
async function takeOver(db: Database, table: string): Promise<void> {
  const [whole, before] = [sql.id("omni2", table), sql.id("omni2", `${table}_before`)];
  const { rows } = await sql<{ until: string | null }>`
    select to_char(date_trunc('day', least(max(at), now()) at time zone 'UTC') + interval '1 day', 'YYYY-MM-DD') || '+00'
      as until
    from ${before} having max(at) is not null`.execute(db);
  const until = rows[0]?.until;
  if (until == null) {
    await sql`drop table ${before}`.execute(db);
    return;
  }
  const names = await columns(db, table);
  await sql`with late as (delete from ${before} where at >= ${until}::timestamptz returning ${names})
    insert into ${whole} (${names}) select ${names} from late`.execute(db);
  await sql`alter table ${whole} attach partition ${before} for values from (minvalue) to (${sql.lit(until)})`.execute(
    db,
  );
}

async function columns(db: Database, table: string) {
  const { rows } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns
    where table_schema = 'omni2' and table_name = ${table}`.execute(db);
  return sql.join(rows.map(({ name }) => sql.ref(name)));
}
