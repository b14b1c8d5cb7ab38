// The single records of finished calls. No arguments, no results: only what happened.
import { sql } from "kysely";
import type { CallRecord } from "#contract/call.ts";
import { jsonb } from "#store/batch.ts";
import type { Run } from "#store/schema.ts";
import { pruneBefore } from "./prune.ts";

export interface CallsTable {
  /** A record that is there already is left as it is, so a batch may be sent again. */
  append(records: readonly CallRecord[]): Promise<void>;
  /** Newest first. */
  recent(limit: number): Promise<CallRecord[]>;
  /** Removes records older than `at` (milliseconds since 1970), at most a few thousand; answers how many. */
  prune(at: number): Promise<number>;
}

export const createCallsTable = (run: Run): CallsTable => ({
  append: async (records) => {
    if (records.length > 0) await run((db) => insert(records).execute(db));
  },
  recent: (limit) =>
    run(
      async (db) =>
        (
          await sql<CallRecord>`
      select id, at, kind, server, name, principal, era, outcome, fault_code as "faultCode", disposition,
        duration_ms as "durationMs", upstream_ms as "upstreamMs", attempts, result_bytes as "resultBytes"
      from omni2.calls order by at desc, id desc limit ${limit}`.execute(db)
        ).rows,
    ),
  prune: (at) => run((db) => pruneBefore(db, { table: "omni2.calls", column: "at", at })),
});

const insert = (records: readonly CallRecord[]) => sql`
  insert into omni2.calls (id, at, kind, server, name, principal, era, outcome, fault_code, disposition,
    duration_ms, upstream_ms, attempts, result_bytes)
  select id, to_timestamp(at / 1000), kind, server, name, principal, era, outcome, "faultCode", disposition,
    "durationMs", "upstreamMs", attempts, "resultBytes"
  from jsonb_to_recordset(${jsonb(records)}) as given(id text, at double precision, kind text, server text, name text,
    principal text, era text, outcome text, "faultCode" text, disposition text, "durationMs" double precision,
    "upstreamMs" double precision, attempts integer, "resultBytes" bigint)
  on conflict (id) do nothing`;
