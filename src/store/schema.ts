// Which tables exist, as the query builder sees them? The migrations make them; both change together.
import type { Generated, GeneratedAlways, Kysely } from "kysely";

/** Read as milliseconds since 1970 (see connections.ts); written by `to_timestamp` or `now()` inside statements. */
type Instant = number;

export interface ServersRow {
  name: string;
  url: string | null;
  description: string;
  status: Generated<string>;
  status_reason: string | null;
  protocol: string;
  timeout_seconds: number;
  auth: Generated<string>;
  enabled: Generated<boolean>;
  origin: string;
  definition: unknown;
  link: Generated<string>;
  health_status: Generated<string>;
  circuit_state: Generated<string>;
  circuit_retry_at: Instant | null;
  circuit_reason: string | null;
  consecutive_failures: Generated<number>;
  failure_cycle_count: Generated<number>;
  last_health_check: Instant | null;
  last_recovery_attempt: Instant | null;
  total_downtime_seconds: Generated<number>;
  auto_disabled_at: Instant | null;
  auto_disabled_reason: string | null;
  enabled_override: boolean | null;
  created_at: Generated<Instant>;
  updated_at: Generated<Instant>;
}

export interface ToolsRow {
  server: string;
  name: string;
  qualified_name: string;
  title: string | null;
  description: string | null;
  input_schema: unknown;
  annotations: unknown;
  definition_hash: string;
  updated_at: Generated<Instant>;
}

export interface CatalogsRow {
  server: string;
  hash: string;
  snapshot: unknown;
  saved_at: Generated<Instant>;
}

export interface HealthLogRows {
  id: Generated<number>;
  at: Instant;
  server: string;
  event_type: string;
  status: string;
  health: string;
  message: string;
  latency_ms: number | null;
}

export interface CallsRow {
  id: string;
  at: Instant;
  kind: string;
  server: string | null;
  name: string;
  principal: string;
  era: string;
  outcome: string;
  fault_code: string | null;
  disposition: string;
  cache_reason: string | null;
  age_ms: number | null;
  duration_ms: number;
  queued_ms: Generated<number>;
  backoff_ms: Generated<number>;
  upstream_ms: number | null;
  breaker: string | null;
  attempts: number;
  result_bytes: number;
}

export interface CallMinutesRow {
  minute: Instant;
  /** Empty when the call named no known server. */
  server: string;
  name: string;
  kind: string;
  outcome: string;
  disposition: string;
  calls: number;
  duration_ms_sum: number;
  duration_ms_max: number;
}

export interface EventsRow {
  epoch: string;
  seq: number;
  at: Instant;
  type: string;
  server: string | null;
  severity: string | null;
  payload: unknown;
}

export interface EpochsRow {
  epoch: string;
  seq: Generated<number>;
  taken_at: Generated<Instant>;
  /** Null while a gateway uses it, and for ever when that gateway did not stop cleanly. */
  stopped_at: Instant | null;
}

export interface RunsRow {
  id: GeneratedAlways<number>;
  started_at: Instant;
  seen_at: Instant;
  /** Null while it lasts, and for ever when it did not stop cleanly. */
  stopped_at: Instant | null;
}

export interface SettingsRow {
  key: string;
  value: unknown;
  updated_at: Generated<Instant>;
}

export interface AuditRow {
  id: GeneratedAlways<number>;
  at: Instant;
  principal: string;
  action: string;
  target: string | null;
  outcome: string;
  detail: unknown;
}

export interface KeysRow {
  id: string;
  name: string;
  role: string;
  hash: Buffer;
  created_at: Generated<Instant>;
  created_by: string;
  expires_at: Instant | null;
  last_used_at: Instant | null;
  revoked_at: Instant | null;
}

export interface RevisionsRow {
  n: number;
  at: Instant;
  by: string;
  source: string;
  changes: unknown;
  overlay: unknown;
  document: unknown;
}

export interface Schema {
  "omni2.mcp_servers": ServersRow;
  "omni2.mcp_tools": ToolsRow;
  "omni2.mcp_catalogs": CatalogsRow;
  "omni2.mcp_health_log": HealthLogRows;
  "omni2.calls": CallsRow;
  "omni2.call_minutes": CallMinutesRow;
  "omni2.events": EventsRow;
  "omni2.epochs": EpochsRow;
  "omni2.runs": RunsRow;
  "omni2.omni2_config": SettingsRow;
  "omni2.audit_logs": AuditRow;
  "omni2.api_keys": KeysRow;
  "omni2.config_revisions": RevisionsRow;
}

/** Runs work on the database when it is ready. Throws STORE_UNAVAILABLE when it is not, or stops being so meanwhile. */
export type Run = <T>(work: (db: Kysely<Schema>) => Promise<T>) => Promise<T>;
