// Stored configuration values, and who changed what.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  sql`create table omni2.omni2_config (
    key text primary key,
    value jsonb not null,
    updated_at timestamptz not null default now()
  )`,
  sql`create table omni2.audit_logs (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    principal text not null,
    action text not null,
    target text,
    outcome text not null,
    detail jsonb not null default '{}'
  )`,
  sql`create index audit_logs_at on omni2.audit_logs (at)`,
];

export const settings: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};
