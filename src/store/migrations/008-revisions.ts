// Which configurations there were. Documents that hold patterns keep the order in which they were written.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  sql`create table omni2.config_revisions (
    n bigint primary key,
    at timestamptz not null,
    by text not null,
    source text not null check (source in ('start', 'file', 'rest', 'rollback')),
    changes jsonb not null,
    overlay json not null,
    document jsonb
  )`,
  sql`alter table omni2.mcp_servers alter column definition type json using definition::json`,
];

export const revisions: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};
