// Who did what, and with which outcome. Rows are added and never changed.
import { sql } from "kysely";
import { jsonb } from "#store/batch.ts";
import type { Run } from "#store/schema.ts";
import { pruneBefore } from "./prune.ts";

export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly principal: string;
  /** A verb on a noun, as `server.add`. */
  readonly action: string;
  readonly target: string | null;
  readonly outcome: string;
  /** Free of secrets. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditTable {
  append(rows: readonly AuditEntry[]): Promise<void>;
  /** Newest first. */
  recent(limit: number): Promise<(AuditEntry & { id: number })[]>;
  /** Removes a portion of the rows from before `at`, milliseconds since 1970; answers how many those were. */
  prune(at: number): Promise<number>;
}

export const createAuditTable = (run: Run): AuditTable => ({
  append: async (rows) => {
    if (rows.length > 0) await run((db) => insert(rows).execute(db));
  },
  recent: (limit) =>
    run(
      async (db) =>
        (
          await sql<AuditEntry & { id: number }>`
      select id, at, principal, action, target, outcome, detail
      from omni2.audit_logs order by at desc, id desc limit ${limit}`.execute(db)
        ).rows,
    ),
  prune: (at) => run((db) => pruneBefore(db, { table: "omni2.audit_logs", column: "at", at })),
});

const insert = (rows: readonly AuditEntry[]) => sql`
  insert into omni2.audit_logs (at, principal, action, target, outcome, detail)
  select to_timestamp(at / 1000), principal, action, target, outcome, coalesce(detail, '{}')
  from jsonb_to_recordset(${jsonb(rows)}) as given(at double precision, principal text, action text, target text,
    outcome text, detail jsonb)`;
