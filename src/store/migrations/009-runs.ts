// When did a gateway run? One row for each run, so that a timeline can tell a server that was up from one that nobody watched;
// and what timelines read is found without going through all events or all servers' minutes.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  sql`create table omni2.runs (
    id bigint generated always as identity primary key,
    started_at timestamptz not null,
    seen_at timestamptz not null,
    stopped_at timestamptz
  )`,
  sql`create index call_minutes_server_minute on omni2.call_minutes (server, minute)`,
];

export const runs: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};
