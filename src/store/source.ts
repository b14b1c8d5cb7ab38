// Where is the database? Either at an address that somebody else looks after, or in a process of our own.
import type { PoolConfig } from "pg";
import { Fault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import { type EmbeddedDatabase, openEmbedded } from "./embedded/database.ts";

export interface Source {
  /** For people; holds no credentials. */
  readonly name: string;
  readonly maxConnections: number;
  /** The address, once something listens there. Rejects when it cannot be had now; ask again later. */
  locate(): Promise<PoolConfig>;
  /** It was at its address and does not answer. */
  abandon(): void;
  close(): Promise<void>;
}

/** Throws CONFIG_INVALID for a text that is not a PostgreSQL URL. */
export function createExternal(url: string): Source {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new Fault("CONFIG_INVALID", "The database URL is not of the form postgres://user:password@host:port/name.");
  }
  return {
    name: `${parsed.hostname}:${parsed.port || "5432"}${parsed.pathname}`,
    maxConnections: 8,
    locate: async () => ({ connectionString: url, application_name: "omni2", statement_timeout: 8000 }),
    abandon() {},
    async close() {},
  };
}

/** Starts the embedded database and waits until its data directory is locked. Throws DATA_DIR_IN_USE. */
export async function openEmbeddedSource(dataDir: string, world: World): Promise<Source> {
  let database: EmbeddedDatabase = await openEmbedded(dataDir, world);
  let closed = false;
  return {
    name: `embedded in ${dataDir}`,
    maxConnections: 1,
    async locate() {
      if (closed) throw new Error("the store is closed");
      if (!database.alive) database = await openEmbedded(dataDir, world);
      return { host: await database.serving, port: 5432, user: "omni", database: "omni", idleTimeoutMillis: 0 };
    },
    abandon: () => database.kill(),
    async close() {
      closed = true;
      await database.stop();
    },
  };
}
