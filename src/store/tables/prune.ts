// How do logs stay bounded? Old rows go in portions small enough to hold nobody up.
import { type Kysely, sql } from "kysely";
import type { Schema } from "#store/schema.ts";

const PORTION = 5000;

export interface Pruned {
  readonly table:
    | "omni2.audit_logs"
    | "omni2.call_minutes"
    | "omni2.calls_default"
    | "omni2.events_default"
    | "omni2.mcp_health_log_default";
  readonly column: "at" | "minute";
  /** Milliseconds since 1970; older rows go. */
  readonly at: number;
}

/** Removes at most one portion and answers how many rows that were. */
export async function pruneBefore(db: Kysely<Schema>, { table, column, at }: Pruned): Promise<number> {
  const name = sql.table(table);
  const old = sql`${sql.ref(column)} < to_timestamp(${at}::double precision / 1000)`;
  const { numAffectedRows } = await sql`
    delete from ${name} where ctid = any(array(select ctid from ${name} where ${old} limit ${PORTION}))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
