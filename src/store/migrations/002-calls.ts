// Calls, one by one and per minute.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  sql`create table omni2.calls (
    id text primary key,
    at timestamptz not null,
    kind text not null,
    server text,
    name text not null,
    principal text not null,
    era text not null,
    outcome text not null,
    fault_code text,
    disposition text not null,
    duration_ms double precision not null,
    upstream_ms double precision,
    attempts integer not null,
    result_bytes bigint not null
  )`,
  sql`create index calls_at on omni2.calls (at)`,
  sql`create table omni2.call_minutes (
    minute timestamptz not null,
    server text not null,
    name text not null,
    kind text not null,
    outcome text not null,
    disposition text not null,
    calls bigint not null,
    duration_ms_sum double precision not null,
    duration_ms_max double precision not null,
    primary key (minute, server, name, kind, outcome, disposition)
  )`,
];

export const calls: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};
