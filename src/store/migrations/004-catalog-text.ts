// A remembered list is given out again as it was read: `json` keeps the order of members, which `jsonb` does not.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const catalogText: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table omni2.mcp_catalogs alter column snapshot type json using snapshot::json`.execute(db);
  },
};
