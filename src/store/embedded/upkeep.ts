// What does the database need now and then that no other process does for it? In single-user mode nothing writes
// checkpoints, so the write-ahead log would grow for ever, and nothing vacuums or counts rows. Runs only between two batches.

export interface Upkeep {
  /** Counts `bytes` of statements; does what is due. Never throws: what fails now is due again later. */
  rest(bytes: number): Promise<void>;
}

export interface UpkeepOptions {
  /** Runs one statement and returns its rows. */
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const CHECKPOINT_BYTES = 2 * 1024 * 1024;
const CHECKPOINT_MS = 60_000;
const VACUUM_MS = 2 * 60_000;
const ANALYZE_MS = 10_000;
const WORN_TABLE = `select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
  where n_dead_tup > 500 and n_dead_tup > n_live_tup / 10 order by n_dead_tup desc limit 1`;
// Without knowing what a table holds, the planner reads all that fits a filter before it sorts out the newest.
const UNKNOWN_TABLE = `select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
  where n_mod_since_analyze > 2000 and n_mod_since_analyze > n_live_tup / 4 order by n_mod_since_analyze desc limit 1`;

export function createUpkeep({ query, now }: UpkeepOptions): Upkeep {
  let bytesSince = 0;
  let checkpointAt = now();
  let vacuumAt = now();
  let analyzeAt = now();

  const checkpoint = async (): Promise<void> => {
    bytesSince = 0;
    checkpointAt = now();
    await query("checkpoint");
  };

  // One table at a time, the most worn first: nobody is served meanwhile.
  const vacuum = async (): Promise<void> => {
    vacuumAt = now();
    const [worn] = await query(WORN_TABLE);
    if (worn !== undefined) await query(`vacuum (analyze) ${worn.name as string}`);
  };

  const analyze = async (): Promise<void> => {
    analyzeAt = now();
    const [unknown] = await query(UNKNOWN_TABLE);
    if (unknown !== undefined) await query(`analyze ${unknown.name as string}`);
  };

  return {
    async rest(bytes) {
      bytesSince += bytes;
      const checkpointDue = bytesSince > CHECKPOINT_BYTES || now() - checkpointAt > CHECKPOINT_MS;
      if (checkpointDue) await checkpoint().catch(() => {});
      else if (now() - vacuumAt > VACUUM_MS) await vacuum().catch(() => {});
      else if (now() - analyzeAt > ANALYZE_MS) await analyze().catch(() => {});
    },
  };
}
