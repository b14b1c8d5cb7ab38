// How many calls there were per minute, exactly, also when single records were dropped or have grown old.
import { sql } from "kysely";
import type { CallKind, CallOutcome, Disposition } from "#contract/call.ts";
import type { ServerMinute } from "#contract/timeline.ts";
import { jsonb } from "#store/batch.ts";
import type { Run } from "#store/schema.ts";
import { pruneBefore } from "./prune.ts";

export interface CallMinuteRow {
  /** Start of the minute, milliseconds since 1970. */
  readonly minute: number;
  readonly server: string | null;
  readonly name: string;
  readonly kind: CallKind;
  readonly outcome: CallOutcome;
  readonly disposition: Disposition;
  readonly calls: number;
  readonly durationMsSum: number;
  readonly durationMsMax: number;
}

export interface CallMinutesTable {
  /** Adds to what is stored. Not idempotent: send a batch again only when it was not acknowledged. */
  add(rows: readonly CallMinuteRow[]): Promise<void>;
  /** Rows of minutes at or after `at` (milliseconds since 1970), oldest first. */
  since(at: number, limit: number): Promise<CallMinuteRow[]>;
  /** What was asked of one server in each minute since `at` (milliseconds since 1970) that had calls, oldest first. */
  ofServer(server: string, at: number): Promise<ServerMinute[]>;
  /** Removes rows older than `at`, at most a few thousand; answers how many. */
  prune(at: number): Promise<number>;
}

export const createCallMinutesTable = (run: Run): CallMinutesTable => ({
  add: async (rows) => {
    if (rows.length > 0) await run((db) => upsert(rows).execute(db));
  },
  since: (at, limit) =>
    run(
      async (db) =>
        (
          await sql<CallMinuteRow>`
      select minute, nullif(server, '') as server, name, kind, outcome, disposition, calls,
        duration_ms_sum as "durationMsSum", duration_ms_max as "durationMsMax"
      from omni2.call_minutes where minute >= to_timestamp(${at}::double precision / 1000)
      order by minute, call_minutes.server, name, kind, outcome, disposition limit ${limit}`.execute(db)
        ).rows,
    ),
  ofServer: (server, at) => run(async (db) => (await selectMinutes(server, at).execute(db)).rows),
  prune: (at) => run((db) => pruneBefore(db, { table: "omni2.call_minutes", column: "minute", at })),
});

const ANSWERED_HERE = sql`disposition in ('hit', 'stale', 'coalesced')`;

const selectMinutes = (server: string, at: number) => sql<ServerMinute>`
  select minute as at, sum(calls)::bigint as calls,
    coalesce(sum(calls) filter (where outcome = 'fault'), 0)::bigint as faults,
    coalesce(sum(calls) filter (where ${ANSWERED_HERE}), 0)::bigint as cached,
    sum(duration_ms_sum) / nullif(sum(calls), 0)::double precision as "meanMs", max(duration_ms_max) as "maxMs"
  from omni2.call_minutes
  where server = ${server} and minute >= to_timestamp(${at}::double precision / 1000)
  group by minute order by minute`;

// Grouped first, because a statement may not touch one row twice; ordered, so that two gateways cannot deadlock.
const upsert = (rows: readonly CallMinuteRow[]) => sql`
  insert into omni2.call_minutes as known
    (minute, server, name, kind, outcome, disposition, calls, duration_ms_sum, duration_ms_max)
  select to_timestamp(minute / 1000), coalesce(server, ''), name, kind, outcome, disposition,
    sum(calls), sum("durationMsSum"), max("durationMsMax")
  from jsonb_to_recordset(${jsonb(rows)}) as given(minute double precision, server text, name text, kind text,
    outcome text, disposition text, calls bigint, "durationMsSum" double precision, "durationMsMax" double precision)
  group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
  on conflict (minute, server, name, kind, outcome, disposition) do update set
    calls = known.calls + excluded.calls,
    duration_ms_sum = known.duration_ms_sum + excluded.duration_ms_sum,
    duration_ms_max = greatest(known.duration_ms_max, excluded.duration_ms_max)`;
