// Keys of people and programs. Of each only the hash is here: nobody can read a key out of the database.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  sql`create table omni2.api_keys (
    id text primary key,
    name text not null,
    role text not null,
    hash bytea not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
  )`,
  sql`create unique index api_keys_valid_name on omni2.api_keys (name) where revoked_at is null`,
];

export const keys: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};
