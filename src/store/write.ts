// How does a batch of the journal reach the database? All of it in one transaction: written whole, or not at all, so that
// a batch that failed can be written again without counting or telling anything twice.
import type { CallRecord } from "#contract/call.ts";
import type { Run } from "./schema.ts";
import { type CallMinuteRow, createCallMinutesTable } from "./tables/call-minutes.ts";
import { createCallsTable } from "./tables/calls.ts";
import { createEventsTable, type EventRow } from "./tables/events.ts";
import { createHealthLogTable, type HealthLogRow } from "./tables/health-log.ts";
import { createServersTable, type ServerHealthRow } from "./tables/servers.ts";

/** Rows for five tables; each may be empty. */
export interface StoreBatch {
  readonly servers: readonly ServerHealthRow[];
  readonly healthLog: readonly HealthLogRow[];
  readonly events: readonly EventRow[];
  readonly calls: readonly CallRecord[];
  readonly callMinutes: readonly CallMinuteRow[];
}

/** Only when the answer to the commit itself is lost can the database hold what was not acknowledged. */
export const createWrite =
  (run: Run) =>
  (batch: StoreBatch): Promise<void> =>
    run((db) =>
      db.transaction().execute(async (transaction) => {
        const inside: Run = (work) => work(transaction);
        await createServersTable(inside).saveHealth(batch.servers);
        await createHealthLogTable(inside).append(batch.healthLog);
        await createEventsTable(inside).append(batch.events);
        await createCallsTable(inside).append(batch.calls);
        await createCallMinutesTable(inside).add(batch.callMinutes);
      }),
    );
