// Servers, what they offer, and what happened to their health.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  sql`create table omni2.mcp_servers (
    name text primary key,
    url text,
    description text not null default '',
    status text not null default 'unknown',
    status_reason text,
    protocol text not null default 'unknown',
    timeout_seconds double precision not null default 60,
    auth text not null default 'none',
    enabled boolean not null default true,
    origin text not null check (origin in ('file', 'api')),
    definition jsonb check (origin = 'api' or definition is null),
    link text not null default 'idle',
    health_status text not null default 'unknown',
    circuit_state text not null default 'closed',
    consecutive_failures integer not null default 0,
    failure_cycle_count integer not null default 0,
    last_health_check timestamptz,
    last_recovery_attempt timestamptz,
    total_downtime_seconds double precision not null default 0,
    auto_disabled_at timestamptz,
    auto_disabled_reason text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  sql`create table omni2.mcp_tools (
    server text not null,
    name text not null,
    qualified_name text not null,
    title text,
    description text,
    input_schema jsonb not null,
    annotations jsonb not null default '{}',
    definition_hash text not null,
    updated_at timestamptz not null default now(),
    primary key (server, name)
  )`,
  sql`create table omni2.mcp_catalogs (
    server text primary key,
    hash text not null,
    snapshot jsonb not null,
    saved_at timestamptz not null default now()
  )`,
  sql`create table omni2.mcp_health_log (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    server text not null,
    event_type text not null,
    status text not null,
    health text not null,
    message text not null,
    latency_ms double precision
  )`,
  sql`create index mcp_health_log_server_at on omni2.mcp_health_log (server, at desc)`,
  sql`create index mcp_health_log_at on omni2.mcp_health_log (at)`,
];

export const servers: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};
