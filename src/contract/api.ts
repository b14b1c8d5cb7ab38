// Which REST routes exist, and what crosses them? One entry per route; gateway, dashboard and command line share it.
import * as z from "zod";
import {
  type AuditRow,
  auditRowSchema,
  type KeyCreated,
  type KeyInput,
  type KeyView,
  keyCreatedSchema,
  keyInputSchema,
  keyViewSchema,
  ROLES,
  type Role,
} from "./access.ts";
import { type CacheAnswer, cacheAnswerSchema, cacheClearedSchema, toolKeepingSchema } from "./cache.ts";
import {
  type CallRecord,
  callRecordSchema,
  type ToolCallAnswer,
  type ToolCallRequest,
  toolCallAnswerSchema,
  toolCallRequestSchema,
} from "./call.ts";
import {
  type ConfigAnswer,
  type ConfigApplied,
  type ConfigPatch,
  type ConfigRevision,
  configAnswerSchema,
  configAppliedSchema,
  configPatchSchema,
  configRevisionSchema,
} from "./change.ts";
import { type ConnectionsAnswer, connectionsSchema } from "./connection.ts";
import { type Discovery, discoverySchema } from "./discovery.ts";
import { HEALTH_EVENT_TYPES } from "./health-event.ts";
import { type CallsPage, callsPageSchema, type EventsPage, eventsPageSchema } from "./history.ts";
import {
  type Figure,
  figureSchema,
  type Moment,
  momentSchema,
  type ServerMinute,
  type ServerTimeline,
  serverMinuteSchema,
  serverTimelineSchema,
} from "./timeline.ts";
import { CHAOS_KINDS, HEALTHS, type ServerView, STATUSES, serverNameSchema, serverViewSchema } from "./upstream.ts";

const count = z.number().int();

export const healthSchema = z.object({
  status: z.enum(["ok", "degraded", "starting", "draining"]),
  version: z.string(),
  database: z.enum(["ready", "waiting", "lost"]),
  servers: z.object({
    total: count,
    up: count,
    degraded: count,
    recovering: count,
    down: count,
    paused: count,
    unknown: count,
  }),
  components: z.record(
    z.string(),
    z.object({
      heartbeatAgeMs: z.number().describe("Milliseconds since the component last did its work."),
      work: count.describe("Units of work done since start."),
    }),
  ),
});
export type HealthAnswer = z.infer<typeof healthSchema>;

/** A definition as given over REST: the same fields as in a configuration file. */
export const serverInputSchema = z
  .looseObject({ name: serverNameSchema })
  .describe("A server's name and, beside it, the fields of its entry in `mcpServers`.");
export type ServerInput = z.infer<typeof serverInputSchema>;

export const toolViewSchema = z.object({
  server: z.string(),
  name: z.string().describe("The server's own name of the tool."),
  qualifiedName: z.string().describe("The name on the aggregate endpoint: `server__tool`."),
  title: z.string().nullable(),
  description: z.string().nullable(),
  inputSchema: z.record(z.string(), z.unknown()),
  annotations: z.record(z.string(), z.unknown()),
  cache: toolKeepingSchema,
});
export type ToolView = z.infer<typeof toolViewSchema>;

export const errorAnswerSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    retryAfterMs: z.number().optional(),
    requestId: z.string(),
    callId: z.string().optional().describe("The call that met it, for GET /api/calls/{id}."),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});
export type ErrorAnswer = z.infer<typeof errorAnswerSchema>;

export const loginSchema = z.strictObject({ token: z.string().min(1).max(512) });
export const ticketSchema = z.object({ ticket: z.string(), expiresAt: z.number() });
export type Ticket = z.infer<typeof ticketSchema>;
export const sessionSchema = z.object({ principal: z.string(), role: z.enum(ROLES) });
export type SessionAnswer = z.infer<typeof sessionSchema>;

/** What a person can do to one server; each verb answers its new view. */
export const SERVER_VERBS = ["probe", "reconnect", "enable", "disable", "isolate", "release", "reset-breaker"] as const;
export type ServerVerb = (typeof SERVER_VERBS)[number];

export const chaosRequestSchema = z.strictObject({
  kind: z.enum(CHAOS_KINDS).describe("What is injected: added latency, errors, calls that hang, or lost answers."),
  ratio: z.number().min(0).max(1).default(1).describe("Share of the calls that meet it, 0 to 1. Default 1."),
  forMs: count.min(1).max(600_000).default(60_000).describe("How long, in milliseconds. Default 60000, 1 to 600000."),
  latencyMs: count.min(1).max(60_000).default(1_000).describe("Added by `latency`. Default 1000, 1 to 60000."),
});
export type ChaosRequest = z.infer<typeof chaosRequestSchema>;

export const healthLogRowSchema = z.object({
  id: count,
  at: z.number(),
  server: z.string(),
  eventType: z.enum(HEALTH_EVENT_TYPES),
  status: z.enum(STATUSES),
  health: z.enum(HEALTHS),
  message: z.string(),
  latencyMs: z.number().nullable(),
});
export type HealthLogEntry = z.infer<typeof healthLogRowSchema>;

export const healthLogQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(200).describe("At most so many, newest first. Default 200."),
});

const items = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().optional() });

/**
 * Every REST route with the schema of its body and its answer (`null` where there is none), and the weakest role that may use
 * it. Everybody: on a listener that only this machine can reach, no credential is needed.
 */
export const ROUTES = {
  "GET /livez": { body: null, answer: z.object({ status: z.literal("ok") }), for: "everybody" },
  "GET /readyz": {
    body: null,
    answer: z.object({ status: z.enum(["ready", "starting", "draining"]), reasons: z.array(z.string()) }),
    for: "everybody",
  },
  "GET /health": { body: null, answer: healthSchema, for: "everybody" },
  "GET /metrics": { body: null, answer: null, for: "everybody" },
  "GET /api/session": { body: null, answer: sessionSchema, for: "viewer" },
  "POST /api/login": { body: loginSchema, answer: null, for: "everybody" },
  "POST /api/logout": { body: null, answer: null, for: "viewer" },
  "POST /api/tickets": { body: null, answer: ticketSchema, for: "viewer" },
  "GET /api/servers": { body: null, answer: items(serverViewSchema), for: "viewer" },
  "POST /api/servers": { body: serverInputSchema, answer: serverViewSchema, for: "admin" },
  "GET /api/servers/{name}": { body: null, answer: serverViewSchema, for: "viewer" },
  "DELETE /api/servers/{name}": { body: null, answer: null, for: "admin" },
  "POST /api/servers/{name}/probe": { body: null, answer: serverViewSchema, for: "operator" },
  "POST /api/servers/{name}/reconnect": { body: null, answer: serverViewSchema, for: "operator" },
  "POST /api/servers/{name}/enable": { body: null, answer: serverViewSchema, for: "operator" },
  "POST /api/servers/{name}/disable": { body: null, answer: serverViewSchema, for: "operator" },
  "POST /api/servers/{name}/isolate": { body: null, answer: serverViewSchema, for: "operator" },
  "POST /api/servers/{name}/release": { body: null, answer: serverViewSchema, for: "operator" },
  "POST /api/servers/{name}/reset-breaker": { body: null, answer: serverViewSchema, for: "operator" },
  "POST /api/servers/{name}/chaos": { body: chaosRequestSchema, answer: serverViewSchema, for: "admin" },
  "DELETE /api/servers/{name}/chaos": { body: null, answer: serverViewSchema, for: "admin" },
  "GET /api/servers/{name}/health-log": { body: null, answer: items(healthLogRowSchema), for: "viewer" },
  "GET /api/servers/{name}/stderr": { body: null, answer: z.object({ lines: z.array(z.string()) }), for: "viewer" },
  "GET /api/tools": { body: null, answer: items(toolViewSchema), for: "viewer" },
  "POST /api/tools/call": { body: toolCallRequestSchema, answer: toolCallAnswerSchema, for: "operator" },
  "GET /api/cache": { body: null, answer: cacheAnswerSchema, for: "viewer" },
  "DELETE /api/cache": { body: null, answer: cacheClearedSchema, for: "operator" },
  "GET /api/calls": { body: null, answer: callsPageSchema, for: "viewer" },
  "GET /api/calls/{id}": { body: null, answer: callRecordSchema, for: "viewer" },
  "GET /api/events": { body: null, answer: eventsPageSchema, for: "viewer" },
  "GET /api/timeline": { body: null, answer: items(serverTimelineSchema), for: "viewer" },
  "GET /api/moment": { body: null, answer: momentSchema, for: "viewer" },
  "GET /api/servers/{name}/minutes": { body: null, answer: items(serverMinuteSchema), for: "viewer" },
  "GET /api/figures": { body: null, answer: items(figureSchema), for: "viewer" },
  "GET /api/connections": { body: null, answer: connectionsSchema, for: "operator" },
  "POST /api/servers/discover": { body: serverInputSchema, answer: discoverySchema, for: "admin" },
  "GET /api/openapi.json": { body: null, answer: z.record(z.string(), z.unknown()), for: "everybody" },
  "GET /api/config": { body: null, answer: configAnswerSchema, for: "operator" },
  "PATCH /api/config": { body: configPatchSchema, answer: configAppliedSchema, for: "admin" },
  "GET /api/config/revisions": { body: null, answer: items(configRevisionSchema), for: "operator" },
  "POST /api/config/revisions/{n}/apply": { body: null, answer: configAppliedSchema, for: "admin" },
  "GET /api/keys": { body: null, answer: items(keyViewSchema), for: "admin" },
  "POST /api/keys": { body: keyInputSchema, answer: keyCreatedSchema, for: "admin" },
  "DELETE /api/keys/{id}": { body: null, answer: null, for: "admin" },
  "GET /api/audit": { body: null, answer: items(auditRowSchema), for: "admin" },
} as const satisfies Record<string, { body: z.ZodType | null; answer: z.ZodType | null; for: Role | "everybody" }>;

export type RouteKey = keyof typeof ROUTES;

/** The same table as types, for clients that must not carry zod (the dashboard). */
export interface Routes {
  "GET /health": { body: undefined; answer: HealthAnswer };
  "GET /api/session": { body: undefined; answer: SessionAnswer };
  "POST /api/login": { body: { token: string }; answer: undefined };
  "POST /api/logout": { body: undefined; answer: undefined };
  "POST /api/tickets": { body: undefined; answer: Ticket };
  "GET /api/servers": { body: undefined; answer: { items: ServerView[] } };
  "POST /api/servers": { body: ServerInput; answer: ServerView };
  "GET /api/servers/{name}": { body: undefined; answer: ServerView };
  "DELETE /api/servers/{name}": { body: undefined; answer: undefined };
  "POST /api/servers/{name}/probe": { body: undefined; answer: ServerView };
  "POST /api/servers/{name}/reconnect": { body: undefined; answer: ServerView };
  "POST /api/servers/{name}/enable": { body: undefined; answer: ServerView };
  "POST /api/servers/{name}/disable": { body: undefined; answer: ServerView };
  "POST /api/servers/{name}/isolate": { body: undefined; answer: ServerView };
  "POST /api/servers/{name}/release": { body: undefined; answer: ServerView };
  "POST /api/servers/{name}/reset-breaker": { body: undefined; answer: ServerView };
  "POST /api/servers/{name}/chaos": { body: z.input<typeof chaosRequestSchema>; answer: ServerView };
  "DELETE /api/servers/{name}/chaos": { body: undefined; answer: ServerView };
  "GET /api/servers/{name}/health-log": { body: undefined; answer: { items: HealthLogEntry[] } };
  "GET /api/servers/{name}/stderr": { body: undefined; answer: { lines: string[] } };
  "GET /api/tools": { body: undefined; answer: { items: ToolView[] } };
  "POST /api/tools/call": { body: ToolCallRequest; answer: ToolCallAnswer };
  "GET /api/cache": { body: undefined; answer: CacheAnswer };
  "DELETE /api/cache": { body: undefined; answer: { removed: number } };
  "GET /api/calls": { body: undefined; answer: CallsPage };
  "GET /api/calls/{id}": { body: undefined; answer: CallRecord };
  "GET /api/events": { body: undefined; answer: EventsPage };
  "POST /api/servers/discover": { body: ServerInput; answer: Discovery };
  "GET /api/servers/{name}/minutes": { body: undefined; answer: { items: ServerMinute[] } };
  "GET /api/timeline": { body: undefined; answer: { items: ServerTimeline[] } };
  "GET /api/moment": { body: undefined; answer: Moment };
  "GET /api/figures": { body: undefined; answer: { items: Figure[] } };
  "GET /api/connections": { body: undefined; answer: ConnectionsAnswer };
  "GET /api/config": { body: undefined; answer: ConfigAnswer };
  "PATCH /api/config": { body: ConfigPatch; answer: ConfigApplied };
  "GET /api/config/revisions": { body: undefined; answer: { items: ConfigRevision[] } };
  "POST /api/config/revisions/{n}/apply": { body: undefined; answer: ConfigApplied };
  "GET /api/keys": { body: undefined; answer: { items: KeyView[] } };
  "POST /api/keys": { body: Partial<KeyInput> & { name: string }; answer: KeyCreated };
  "DELETE /api/keys/{id}": { body: undefined; answer: undefined };
  "GET /api/audit": { body: undefined; answer: { items: AuditRow[] } };
}
