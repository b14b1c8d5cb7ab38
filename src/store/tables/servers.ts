// What is stored about each server: its definition as shown, its health, and the whole definition of one added over REST.
// A definition from a file is never stored: it can hold secrets, and the file is its home.
import { type Kysely, sql } from "kysely";
import { Fault } from "#contract/fault.ts";
import type { CircuitState, Health, Link, Origin, Status } from "#contract/upstream.ts";
import { json, jsonb } from "#store/batch.ts";
import type { Run, Schema } from "#store/schema.ts";

/** The part of a definition that may be shown to anyone who can read the database. */
export interface ServerDefinitionRow {
  readonly name: string;
  readonly origin: Origin;
  readonly url: string | null;
  readonly description: string;
  /** Transport kind. */
  readonly protocol: string;
  readonly timeoutSeconds: number;
  readonly enabled: boolean;
}

/** Instants are milliseconds since 1970. */
export interface ServerHealthRow {
  readonly name: string;
  readonly status: Status;
  readonly statusReason: string | null;
  readonly link: Link;
  readonly health: Health;
  readonly circuitState: CircuitState;
  /** When an open breaker lets a trial through. */
  readonly circuitRetryAt: number | null;
  /** Why the breaker is not closed. */
  readonly circuitReason: string | null;
  readonly consecutiveFailures: number;
  readonly failureCycles: number;
  readonly lastProbeAt: number | null;
  readonly lastRecoveryAt: number | null;
  /** Since the server was first known, not since the last save. */
  readonly totalDowntimeSeconds: number;
  /** When the gateway gave the server up; null when it did not. */
  readonly autoDisabledAt: number | null;
  readonly autoDisabledReason: string | null;
  /** What was decided against the configuration; null where nothing was. */
  readonly enabledOverride: boolean | null;
}

export interface ServersTable {
  /** Inserts or updates these, and removes file servers no longer among them. A server added over REST keeps its origin. */
  syncDefinitions(rows: readonly ServerDefinitionRow[]): Promise<void>;
  listApiDefinitions(): Promise<{ name: string; definition: unknown }[]>;
  /** Updates the rows of known servers; others are ignored. */
  saveHealth(rows: readonly ServerHealthRow[]): Promise<void>;
  loadHealth(): Promise<ServerHealthRow[]>;
}

export const createServersTable = (run: Run): ServersTable => ({
  syncDefinitions: (rows) =>
    run((db) =>
      db.transaction().execute(async (transaction) => {
        await upsert(rows).execute(transaction);
        const names = rows.map((row) => row.name);
        await sql`delete from omni2.mcp_servers where origin = 'file' and not name = any(${names}::text[])`.execute(
          transaction,
        );
        await FORGET.execute(transaction);
      }),
    ),
  listApiDefinitions: () =>
    run((db) =>
      db
        .selectFrom("omni2.mcp_servers")
        .select(["name", "definition"])
        .where("definition", "is not", null)
        .orderBy("name")
        .execute(),
    ),
  saveHealth: async (rows) => {
    if (rows.length > 0) await run((db) => updateHealth(rows).execute(db));
  },
  loadHealth: () => run(async (db) => (await SELECT_HEALTH.execute(db)).rows),
});

/** Throws CONFIG_CONFLICT when a server of that name exists, whatever its origin. */
export async function saveApiDefinition(db: Kysely<Schema>, name: string, definition: unknown): Promise<void> {
  const { rows } = await sql`insert into omni2.mcp_servers (name, origin, definition)
    values (${name}, 'api', ${json(definition)}) on conflict (name) do nothing returning name`.execute(db);
  if (rows.length === 1) return;
  throw new Fault(
    "CONFIG_CONFLICT",
    `A server named "${name}" exists already. Choose another name, or remove it first.`,
  );
}

/** Whether or not there was one. */
export async function replaceApiDefinition(db: Kysely<Schema>, name: string, definition: unknown): Promise<void> {
  await sql`insert into omni2.mcp_servers (name, origin, definition) values (${name}, 'api', ${json(definition)})
    on conflict (name) do update set origin = 'api', definition = excluded.definition`.execute(db);
}

/** Whether or not there was one; belongs into a transaction. */
export async function removeApiDefinition(db: Kysely<Schema>, name: string): Promise<void> {
  await db.deleteFrom("omni2.mcp_servers").where("name", "=", name).where("origin", "=", "api").execute();
  await FORGET.execute(db);
}

// `distinct on` because a statement may not touch one row twice.
const upsert = (rows: readonly ServerDefinitionRow[]) => sql`
  insert into omni2.mcp_servers as known (name, origin, url, description, protocol, timeout_seconds, enabled)
  select distinct on (name) name, origin, url, description, protocol, "timeoutSeconds", enabled
  from jsonb_to_recordset(${jsonb(rows)}) as given(name text, origin text, url text, description text, protocol text,
    "timeoutSeconds" double precision, enabled boolean)
  on conflict (name) do update set
    origin = case when known.definition is null then excluded.origin else known.origin end,
    url = excluded.url, description = excluded.description, protocol = excluded.protocol,
    timeout_seconds = excluded.timeout_seconds, enabled = excluded.enabled, updated_at = now()
  where (known.url, known.description, known.protocol, known.timeout_seconds, known.enabled, known.origin) is distinct from
    (excluded.url, excluded.description, excluded.protocol, excluded.timeout_seconds, excluded.enabled, excluded.origin)`;

/** What a removed server offered is forgotten with it; its past stays in the logs. */
const FORGET = sql`with tools as (
    delete from omni2.mcp_tools where server not in (select name from omni2.mcp_servers)
  ) delete from omni2.mcp_catalogs where server not in (select name from omni2.mcp_servers)`;

const updateHealth = (rows: readonly ServerHealthRow[]) => sql`
  update omni2.mcp_servers as known set
    status = given.status, status_reason = given."statusReason", link = given.link, health_status = given.health,
    circuit_state = given."circuitState", circuit_retry_at = to_timestamp(given."circuitRetryAt" / 1000),
    circuit_reason = given."circuitReason", consecutive_failures = given."consecutiveFailures",
    failure_cycle_count = given."failureCycles", last_health_check = to_timestamp(given."lastProbeAt" / 1000),
    last_recovery_attempt = to_timestamp(given."lastRecoveryAt" / 1000),
    total_downtime_seconds = given."totalDowntimeSeconds",
    auto_disabled_at = to_timestamp(given."autoDisabledAt" / 1000), auto_disabled_reason = given."autoDisabledReason",
    enabled_override = given."enabledOverride", updated_at = now()
  from jsonb_to_recordset(${jsonb(rows)}) as given(name text, status text, "statusReason" text, link text, health text,
    "circuitState" text, "circuitRetryAt" double precision, "circuitReason" text, "consecutiveFailures" integer,
    "failureCycles" integer, "lastProbeAt" double precision, "lastRecoveryAt" double precision,
    "totalDowntimeSeconds" double precision, "autoDisabledAt" double precision, "autoDisabledReason" text,
    "enabledOverride" boolean)
  where known.name = given.name`;

const SELECT_HEALTH = sql<ServerHealthRow>`select name, status, status_reason as "statusReason", link,
    health_status as health, circuit_state as "circuitState", circuit_retry_at as "circuitRetryAt",
    circuit_reason as "circuitReason", consecutive_failures as "consecutiveFailures",
    failure_cycle_count as "failureCycles", last_health_check as "lastProbeAt",
    last_recovery_attempt as "lastRecoveryAt", total_downtime_seconds as "totalDowntimeSeconds",
    auto_disabled_at as "autoDisabledAt", auto_disabled_reason as "autoDisabledReason",
    enabled_override as "enabledOverride"
  from omni2.mcp_servers order by name`;
