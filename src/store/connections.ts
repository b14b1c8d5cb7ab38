// How is one reachable database used? A pool whose every wait is bounded, and the query builder on it. It is thrown away
// as a whole when the database is lost: nothing here reconnects.
import { Socket } from "node:net";
import { Kysely, PostgresDialect } from "kysely";
import { Pool, type PoolConfig, types } from "pg";
import type { Schema } from "./schema.ts";

export interface Connections {
  readonly db: Kysely<Schema>;
  /** One round trip. Rejects after 5 s without an answer. */
  probe(): Promise<void>;
  /** Cuts every connection; what runs on them rejects. */
  destroy(): void;
}

export interface ConnectionLimits {
  readonly max: number;
  /** Milliseconds for one statement. */
  readonly queryTimeoutMs: number;
  /** Cuts every connection, as `destroy` does. */
  readonly signal: AbortSignal;
}

const CONNECT_MS = 5000;
const PROBE_MS = 5000;
const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** `onIdleError` is called when a connection breaks while nothing runs on it. */
export function openConnections(
  address: PoolConfig,
  limits: ConnectionLimits,
  onIdleError: (error: Error) => void,
): Connections {
  const sockets = new Set<Socket>();
  const pool = new Pool({
    ...address,
    max: limits.max,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: limits.queryTimeoutMs,
    keepAlive: true,
    types: { getTypeParser },
    // A socket that hangs cannot be ended politely, so the pool's sockets are kept in sight.
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    },
  } as PoolConfig);
  pool.on("error", onIdleError);
  // A connection that breaks while it is lent out tells its statement, and then everybody: an unheard `error` ends the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  const destroy = (): void => {
    limits.signal.removeEventListener("abort", destroy);
    if (!pool.ending) pool.end().catch(() => {});
    for (const socket of sockets) socket.destroy();
  };
  limits.signal.addEventListener("abort", destroy);
  return {
    db: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }),
    async probe() {
      await pool.query({ text: "select 1", query_timeout: PROBE_MS } as { text: string });
    },
    destroy,
  };
}

/** Instants as milliseconds since 1970 and 64-bit integers as numbers: ours never pass 2^53. */
function getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
  if (format !== "binary" && oid === INT8) return Number;
  if (format !== "binary" && oid === TIMESTAMPTZ) return (text) => new Date(text).getTime();
  return types.getTypeParser(oid, format) as (text: string) => unknown;
}
