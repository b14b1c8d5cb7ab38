// What does the gateway remember across restarts? One door to the database: its state, and one table object for each kind
// of row. Every table method throws STORE_UNAVAILABLE while the database is not ready; none waits for it.
import { resolve } from "node:path";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import type { StoreState } from "./condition.ts";
import { openLifeline } from "./lifeline.ts";
import { createPartitions, type Partitions } from "./partitions.ts";
import { createExternal, openEmbeddedSource } from "./source.ts";
import { type AuditTable, createAuditTable } from "./tables/audit.ts";
import { type CallMinutesTable, createCallMinutesTable } from "./tables/call-minutes.ts";
import { type CallsTable, createCallsTable } from "./tables/calls.ts";
import { type CatalogsTable, createCatalogsTable } from "./tables/catalogs.ts";
import { createEpochsTable, type EpochsTable } from "./tables/epochs.ts";
import { createEventsTable, type EventsTable } from "./tables/events.ts";
import { createHealthLogTable, type HealthLogTable } from "./tables/health-log.ts";
import { createKeysTable, type KeysTable } from "./tables/keys.ts";
import { createRevisionsTable, type RevisionsTable } from "./tables/revisions.ts";
import { createRunsTable, type RunsTable } from "./tables/runs.ts";
import { createServersTable, type ServersTable } from "./tables/servers.ts";
import { createSettingsTable, type SettingsTable } from "./tables/settings.ts";
import { createWrite, type StoreBatch } from "./write.ts";

export type { StoreState } from "./condition.ts";

/** A resolved promise of a writing method means committed. */
export interface Store {
  readonly state: StoreState;
  /** Why it is not ready, in words without secrets; null when ready. */
  readonly reason: string | null;
  /** Calls the listener at each change from now on; returns a function that removes it. */
  onState(listener: (state: StoreState) => void): () => void;
  readonly servers: ServersTable;
  readonly healthLog: HealthLogTable;
  readonly calls: CallsTable;
  readonly events: EventsTable;
  readonly epochs: EpochsTable;
  readonly runs: RunsTable;
  readonly callMinutes: CallMinutesTable;
  readonly catalogs: CatalogsTable;
  readonly settings: SettingsTable;
  readonly audit: AuditTable;
  readonly keys: KeysTable;
  readonly revisions: RevisionsTable;
  /** The days of the tables that grow. */
  readonly partitions: Partitions;
  /** Writes rows of several tables at once, all or nothing. */
  write(batch: StoreBatch): Promise<void>;
  /** Ends all connections, and the embedded database within 3 s. What runs meanwhile rejects. */
  close(): Promise<void>;
  /** Ends the embedded database's process at once, in the midst of whatever it does; what is committed stays. */
  kill(): void;
}

export interface StoreOptions {
  /** `postgres://...`, or null for the embedded database. */
  readonly url: string | null;
  /** Folder of the embedded database; made when it does not exist. */
  readonly dataDir: string;
  readonly log: Log;
  readonly world: World;
}

/**
 * Opens the store; it becomes ready by itself later. Resolves at once for an external database, and for the embedded one
 * as soon as its data directory is locked. Throws DATA_DIR_IN_USE, or CONFIG_INVALID for a wrong URL or folder.
 */
export async function openStore({ url, dataDir, log, world }: StoreOptions): Promise<Store> {
  const source = url === null ? await openEmbeddedSource(resolve(dataDir), world) : createExternal(url);
  const { condition, run, close } = openLifeline(source, { log: log.service("Store"), world });
  return {
    get state() {
      return condition.state;
    },
    get reason() {
      return condition.reason;
    },
    onState: condition.onState,
    servers: createServersTable(run),
    healthLog: createHealthLogTable(run),
    calls: createCallsTable(run),
    events: createEventsTable(run),
    epochs: createEpochsTable(run),
    runs: createRunsTable(run),
    callMinutes: createCallMinutesTable(run),
    catalogs: createCatalogsTable(run),
    settings: createSettingsTable(run),
    audit: createAuditTable(run),
    keys: createKeysTable(run),
    revisions: createRevisionsTable(run),
    partitions: createPartitions(run),
    write: createWrite(run),
    close,
    kill: source.abandon,
  };
}
