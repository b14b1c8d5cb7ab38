// Which numbering of events goes on, and which is over? An epoch whose gateway stopped cleanly may be taken up once more;
// one whose gateway is running, or ended any other way, never is.
import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { Run } from "#store/schema.ts";

export interface TakenEpoch {
  /** 128 random bits in hexadecimal. */
  readonly epoch: string;
  /** Number of the last event under it; 0 for a new one. */
  readonly seq: number;
}

export interface EpochsTable {
  /** The epoch that was left last, else a new one. Nobody else gets it until it is left again. */
  take(): Promise<TakenEpoch>;
  /** Says that all events up to `seq` are stored and no more will come. */
  leave(epoch: string, seq: number): Promise<void>;
}

const KEPT = 100;

export const createEpochsTable = (run: Run): EpochsTable => ({
  take: () =>
    run((db) =>
      db.transaction().execute(async (transaction) => {
        const { rows } = await TAKE_LEFT.execute(transaction);
        await FORGET.execute(transaction);
        if (rows[0] !== undefined) return rows[0];
        const epoch = randomBytes(16).toString("hex");
        await sql`insert into omni2.epochs (epoch) values (${epoch})`.execute(transaction);
        return { epoch, seq: 0 };
      }),
    ),
  leave: async (epoch, seq) => {
    await run((db) =>
      sql`insert into omni2.epochs (epoch, seq, stopped_at) values (${epoch}, ${seq}, now())
        on conflict (epoch) do update set seq = excluded.seq, stopped_at = excluded.stopped_at`.execute(db),
    );
  },
});

// Two gateways on one database can start at once: each takes another row, or none.
const TAKE_LEFT = sql<TakenEpoch>`update omni2.epochs set stopped_at = null, taken_at = now()
  where epoch = (select epoch from omni2.epochs where stopped_at is not null
    order by stopped_at desc limit 1 for update skip locked)
  returning epoch, seq`;

const FORGET = sql`delete from omni2.epochs
  where epoch not in (select epoch from omni2.epochs order by taken_at desc limit ${sql.lit(KEPT)})`;
