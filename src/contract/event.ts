// Which facts does the gateway announce, and how do they look as live frames? One schema for server, dashboard and tests.
import * as z from "zod";
import { INVALIDATION_REASONS, type InvalidationReason } from "./cache.ts";
import { type CallRecord, callRecordSchema } from "./call.ts";
import { CONFIG_SOURCES, type ConfigSource } from "./change.ts";
import { HEALTH_EVENT_TYPES, type HealthEventType } from "./health-event.ts";
import { systemMetricsSchema } from "./metrics.ts";
import { SEVERITIES, type Severity } from "./severity.ts";
import { subscriptionSchema } from "./subscription.ts";
import {
  CIRCUIT_STATES,
  type CircuitState,
  type ServerView,
  STATUSES,
  type Status,
  serverViewSchema,
} from "./upstream.ts";

export type { Metrics, SystemMetrics } from "./metrics.ts";
export type { Severity } from "./severity.ts";

/** In-process facts, published on the bus. `at` is wall time in milliseconds since 1970. */
export type GatewayEvent =
  | { readonly type: "server.added"; readonly at: number; readonly view: ServerView }
  | { readonly type: "server.removed"; readonly at: number; readonly name: string }
  | {
      readonly type: "status.changed";
      readonly at: number;
      readonly name: string;
      readonly oldStatus: Status;
      readonly newStatus: Status;
      readonly reason: string;
      readonly severity: Severity;
      readonly view: ServerView;
    }
  | {
      readonly type: "health.observed";
      readonly at: number;
      readonly name: string;
      readonly eventType: HealthEventType;
      readonly message: string;
      readonly latencyMs: number | null;
      readonly view: ServerView;
    }
  | {
      readonly type: "circuit.changed";
      readonly at: number;
      readonly name: string;
      readonly oldState: CircuitState;
      readonly newState: CircuitState;
      readonly reason: string;
      /** Milliseconds until the next trial; null when none is planned. */
      readonly retryAfterMs: number | null;
      /** Consecutive failures at that moment. */
      readonly failures: number;
      readonly severity: Severity;
      readonly view: ServerView;
    }
  | {
      readonly type: "server.auto_disabled";
      readonly at: number;
      readonly name: string;
      readonly reason: string;
      readonly cycles: number;
      readonly view: ServerView;
    }
  | {
      readonly type: "catalog.changed";
      readonly at: number;
      readonly name: string;
      readonly kinds: readonly ("tools" | "prompts" | "resources")[];
      readonly view: ServerView;
    }
  /** The server said that one of its lists may be another now, whether or not it is. */
  | {
      readonly type: "list.changed";
      readonly at: number;
      readonly name: string;
      readonly kind: "tools" | "prompts" | "resources";
    }
  | {
      readonly type: "cache.invalidated";
      readonly at: number;
      /** Null for all servers. */
      readonly server: string | null;
      /** The server's own name of the tool; null for all of its tools. */
      readonly tool: string | null;
      readonly reason: InvalidationReason;
      /** Answers dropped, at least 1. */
      readonly removed: number;
    }
  | {
      readonly type: "config.applied";
      readonly at: number;
      readonly revision: number;
      /** The principal; `file` or `gateway` where nobody asked. */
      readonly by: string;
      readonly source: ConfigSource;
      /** What changed, at most 50. */
      readonly paths: readonly string[];
    }
  | {
      readonly type: "log.received";
      readonly at: number;
      readonly name: string;
      readonly params: Record<string, unknown>;
    }
  | { readonly type: "call.finished"; readonly at: number; readonly record: CallRecord }
  | { readonly type: "store.changed"; readonly at: number; readonly state: "ready" | "waiting" | "lost" };

const severity = z.enum(SEVERITIES);
const status = z.enum(STATUSES);
const envelope = {
  ts: z.number().describe("Milliseconds since 1970."),
  seq: z.number().int().optional().describe("Number of the event, or the last number that the frame covers."),
  prev: z.number().int().optional().describe("The number before it in this view; greater than your last one: a gap."),
  epoch: z.string().optional().describe("Numbers compare only within one epoch."),
};
const frame = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.object({ type: z.literal(type), ...envelope, data });

const schemaText = z.record(z.string(), z.unknown()).describe("A JSON schema.");

export const FRAME_SCHEMAS = {
  initial_status: frame(
    "initial_status",
    z.object({ ready: z.boolean(), servers: z.array(serverViewSchema), metrics: systemMetricsSchema }),
  ),
  mcp_status_change: frame(
    "mcp_status_change",
    z.object({
      name: z.string(),
      old_status: status,
      new_status: status,
      reason: z.string(),
      severity,
      server: serverViewSchema,
    }),
  ),
  circuit_breaker_state: frame(
    "circuit_breaker_state",
    z.object({
      name: z.string(),
      old_state: z.enum(CIRCUIT_STATES),
      new_state: z.enum(CIRCUIT_STATES),
      reason: z.string(),
      retry_after_ms: z.number().nullable(),
      failures: z.number().int(),
      severity,
      server: serverViewSchema,
    }),
  ),
  mcp_auto_disabled: frame(
    "mcp_auto_disabled",
    z.object({
      name: z.string(),
      reason: z.string(),
      cycles: z.number().int(),
      severity,
      server: serverViewSchema,
    }),
  ),
  health_event: frame(
    "health_event",
    z.object({
      name: z.string(),
      event_type: z.enum(HEALTH_EVENT_TYPES),
      message: z.string(),
      latency_ms: z.number().nullable(),
      server: serverViewSchema,
    }),
  ),
  mcp_tools_changed: frame(
    "mcp_tools_changed",
    z.object({ name: z.string(), kinds: z.array(z.enum(["tools", "prompts", "resources"])), server: serverViewSchema }),
  ),
  cache_invalidated: frame(
    "cache_invalidated",
    z.object({
      server: z.string().nullable(),
      tool: z.string().nullable(),
      reason: z.enum(INVALIDATION_REASONS),
      removed: z.number().int(),
    }),
  ),
  config_applied: frame(
    "config_applied",
    z.object({
      revision: z.number().int(),
      by: z.string(),
      source: z.enum(CONFIG_SOURCES),
      paths: z.array(z.string()).describe("What changed, as `mcpServers.files.cache`; at most 50."),
    }),
  ),
  server_added: frame("server_added", z.object({ server: serverViewSchema })),
  server_removed: frame("server_removed", z.object({ name: z.string() })),
  system_metrics: frame("system_metrics", systemMetricsSchema),
  call_finished: frame("call_finished", callRecordSchema),
  ping: frame("ping", z.object({})),
  pong: frame("pong", z.object({})),
  subscribed: frame("subscribed", subscriptionSchema.extend({ subscription_id: z.string() })),
  unsubscribed: frame("unsubscribed", z.object({ subscription_id: z.string() })),
  metadata: frame(
    "metadata",
    z.object({
      types: z.array(z.string()),
      subscribable: z.array(z.string()),
      actions: z.array(z.string()),
      frame_schema: schemaText,
      action_schema: schemaText,
    }),
  ),
  error: frame("error", z.object({ code: z.string(), message: z.string() })),
} as const;

export const frameSchema = z.discriminatedUnion("type", [
  FRAME_SCHEMAS.initial_status,
  FRAME_SCHEMAS.mcp_status_change,
  FRAME_SCHEMAS.circuit_breaker_state,
  FRAME_SCHEMAS.mcp_auto_disabled,
  FRAME_SCHEMAS.health_event,
  FRAME_SCHEMAS.mcp_tools_changed,
  FRAME_SCHEMAS.cache_invalidated,
  FRAME_SCHEMAS.config_applied,
  FRAME_SCHEMAS.server_added,
  FRAME_SCHEMAS.server_removed,
  FRAME_SCHEMAS.system_metrics,
  FRAME_SCHEMAS.call_finished,
  FRAME_SCHEMAS.ping,
  FRAME_SCHEMAS.pong,
  FRAME_SCHEMAS.subscribed,
  FRAME_SCHEMAS.unsubscribed,
  FRAME_SCHEMAS.metadata,
  FRAME_SCHEMAS.error,
]);
export type Frame = z.infer<typeof frameSchema>;
export type FrameType = Frame["type"];
