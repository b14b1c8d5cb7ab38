// When did a gateway run? A row begins with a run, is renewed while it lasts, and says when it stopped, if it could.
import { sql } from "kysely";
import type { Run } from "#store/schema.ts";

/** Milliseconds since 1970. */
export interface RunRow {
  readonly startedAt: number;
  /** When it said so last. */
  readonly seenAt: number;
  /** Null while it lasts, and for ever when it did not stop cleanly. */
  readonly stoppedAt: number | null;
}

/** All moments are milliseconds since 1970. */
export interface RunsTable {
  /** Answers the number of the new row. Rows far older than any event are removed. */
  begin(startedAt: number): Promise<number>;
  seen(id: number, at: number): Promise<void>;
  stop(id: number, at: number): Promise<void>;
  /** Those that were seen at or after `at`, oldest first, the newest 1,000 at most. */
  since(at: number): Promise<readonly RunRow[]>;
}

const KEPT = 10_000;
const ANSWERED = 1_000;

export const createRunsTable = (run: Run): RunsTable => ({
  begin: (startedAt) =>
    run(async (db) => {
      const at = instant(startedAt);
      const { rows } = await sql<{ id: number }>`
        insert into omni2.runs (started_at, seen_at) values (${at}, ${at}) returning id`.execute(db);
      const id = rows[0]?.id ?? 0;
      await sql`delete from omni2.runs where id <= ${id - KEPT}`.execute(db);
      return id;
    }),
  seen: async (id, at) => {
    await run((db) => sql`update omni2.runs set seen_at = ${instant(at)} where id = ${id}`.execute(db));
  },
  stop: async (id, at) => {
    await run((db) =>
      sql`update omni2.runs set seen_at = ${instant(at)}, stopped_at = ${instant(at)} where id = ${id}`.execute(db),
    );
  },
  since: (at) =>
    run(async (db) => {
      const { rows } = await sql<RunRow>`
        select started_at as "startedAt", seen_at as "seenAt", stopped_at as "stoppedAt"
        from omni2.runs where seen_at >= ${instant(at)} order by id desc limit ${ANSWERED}`.execute(db);
      return rows.reverse();
    }),
});

const instant = (at: number) => sql`to_timestamp(${at}::double precision / 1000)`;
