// How do the tables that grow stay bounded without holding up who writes? One part per day (UTC), made ahead and dropped
// whole. What belongs to no day that was made goes to a default part, and from there to its day when that is made.
import { sql } from "kysely";
import type { Run } from "./schema.ts";
import { pruneBefore } from "./tables/prune.ts";

export const PARTITIONED = ["calls", "events", "mcp_health_log"] as const;
export type Partitioned = (typeof PARTITIONED)[number];

export interface Partitions {
  /** Sees to it that the day of `at` (milliseconds since 1970) and the next have their parts. */
  prepare(at: number): Promise<void>;
  /** Drops every day that ended at or before `at`, and single rows of the default part; answers how many days. */
  dropBefore(table: Partitioned, at: number): Promise<number>;
}

interface Part {
  readonly name: string;
  /** Milliseconds since 1970; both null for the default part, `from` null where it begins with the first row ever. */
  readonly from: number | null;
  readonly to: number | null;
}

const DAY_MS = 86_400_000;
// Who writes waits behind a change of the table: rather than that for long, the change gives up and comes again.
const PATIENCE = sql`set local lock_timeout = '1s'`;
// Any number that no other program uses in the same database: two gateways make the same day at the same time.
const LOCK_KEY = 6_664_006;

export const createPartitions = (run: Run): Partitions => ({
  async prepare(at) {
    const today = Math.floor(at / DAY_MS) * DAY_MS;
    for (const table of PARTITIONED) {
      const parts = await run((db) => listParts(db, table));
      for (const day of [today, today + DAY_MS]) if (!isCovered(parts, day)) await addDay(run, table, day);
    }
  },
  async dropBefore(table, at) {
    const parts = await run((db) => listParts(db, table));
    const old = parts.filter(({ to }) => to !== null && to <= at);
    for (const { name } of old) await dropPart(run, name);
    while ((await run((db) => pruneBefore(db, { table: `omni2.${table}_default`, column: "at", at }))) > 0);
    return old.length;
  },
});

const isCovered = (parts: readonly Part[], day: number): boolean =>
  parts.some(({ from, to }) => to !== null && (from ?? 0) <= day && day < to);

async function listParts(db: Database, table: Partitioned): Promise<readonly Part[]> {
  const bound = sql`pg_get_expr(part.relpartbound, part.oid)`;
  const { rows } = await sql<Part>`
    select part.relname as name,
      (regexp_match(${bound}, 'FROM \\(''([^'']+)''\\)'))[1]::timestamptz as "from",
      (regexp_match(${bound}, 'TO \\(''([^'']+)''\\)'))[1]::timestamptz as "to"
    from pg_inherits join pg_class part on part.oid = inhrelid
    where inhparent = ${`omni2.${table}`}::regclass order by part.relname`.execute(db);
  return rows;
}

type Database = Parameters<Parameters<Run>[0]>[0];

const instant = (at: number) => sql.lit(`${new Date(at).toISOString().slice(0, 10)}+00`);

/** Attached when it is whole: that holds up nobody but who writes rows that belong to no day. */
function addDay(run: Run, table: Partitioned, day: number): Promise<void> {
  const [whole, rest] = [sql.id("omni2", table), sql.id("omni2", `${table}_default`)];
  const part = sql.id("omni2", `${table}_${new Date(day).toISOString().slice(0, 10).replaceAll("-", "")}`);
  const [from, to] = [instant(day), instant(day + DAY_MS)];
  return run((db) =>
    db.transaction().execute(async (transaction) => {
      await PATIENCE.execute(transaction);
      await sql`select pg_advisory_xact_lock(${LOCK_KEY})`.execute(transaction);
      if (isCovered(await listParts(transaction, table), day)) return;
      await sql`create table ${part} (like ${whole} including defaults)`.execute(transaction);
      await sql`with misplaced as (delete from ${rest} where at >= ${from} and at < ${to} returning *)
        insert into ${part} select * from misplaced`.execute(transaction);
      await sql`alter table ${whole} attach partition ${part} for values from (${from}) to (${to})`.execute(
        transaction,
      );
    }),
  );
}

const dropPart = (run: Run, name: string): Promise<void> =>
  run((db) =>
    db.transaction().execute(async (transaction) => {
      await PATIENCE.execute(transaction);
      await sql`drop table if exists ${sql.id("omni2", name)}`.execute(transaction);
    }),
  );
