// A breaker that is open, and what was decided against the configuration, outlive a restart.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const breakers: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table omni2.mcp_servers
      add column circuit_retry_at timestamptz,
      add column circuit_reason text,
      add column enabled_override boolean`.execute(db);
  },
};
