// What happened to the health of servers, one row per event.
import { sql } from "kysely";
import type { HealthEventType } from "#contract/health-event.ts";
import type { Health, Status } from "#contract/upstream.ts";
import { jsonb } from "#store/batch.ts";
import type { Run } from "#store/schema.ts";

export interface HealthLogRow {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly server: string;
  readonly eventType: HealthEventType;
  readonly status: Status;
  readonly health: Health;
  readonly message: string;
  readonly latencyMs: number | null;
}

export interface HealthLogTable {
  append(rows: readonly HealthLogRow[]): Promise<void>;
  /** Newest first. */
  recent(server: string, limit: number): Promise<(HealthLogRow & { id: number })[]>;
}

export const createHealthLogTable = (run: Run): HealthLogTable => ({
  append: async (rows) => {
    if (rows.length > 0) await run((db) => insert(rows).execute(db));
  },
  recent: (server, limit) =>
    run(
      async (db) =>
        (
          await sql<HealthLogRow & { id: number }>`
      select id, at, server, event_type as "eventType", status, health, message, latency_ms as "latencyMs"
      from omni2.mcp_health_log where server = ${server} order by at desc, id desc limit ${limit}`.execute(db)
        ).rows,
    ),
});

const insert = (rows: readonly HealthLogRow[]) => sql`
  insert into omni2.mcp_health_log (at, server, event_type, status, health, message, latency_ms)
  select to_timestamp(at / 1000), server, "eventType", status, health, message, "latencyMs"
  from jsonb_to_recordset(${jsonb(rows)}) as given(at double precision, server text, "eventType" text, status text,
    health text, message text, "latencyMs" double precision)`;
