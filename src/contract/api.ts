// Which REST routes exist, and what crosses them? One entry per route; gateway, dashboard and command line share it.
import * as z from "zod";
import { type CacheAnswer, cacheAnswerSchema, cacheClearedSchema } from "./cache.ts";
import {
  type CallRecord,
  callRecordSchema,
  type ToolCallAnswer,
  type ToolCallRequest,
  toolCallAnswerSchema,
  toolCallRequestSchema,
} from "./call.ts";
import { HEALTH_EVENT_TYPES } from "./event.ts";
import { type CallsPage, callsPageSchema, type EventsPage, eventsPageSchema } from "./history.ts";
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
export const sessionSchema = z.object({ principal: z.string(), role: z.enum(["admin", "operator", "viewer"]) });
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

const items = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().optional() });

/** Every REST route with the schema of its body and its answer; `null` where there is none. */
export const ROUTES = {
  "GET /livez": { body: null, answer: z.object({ status: z.literal("ok") }), open: true },
  "GET /readyz": {
    body: null,
    answer: z.object({ status: z.enum(["ready", "starting", "draining"]), reasons: z.array(z.string()) }),
    open: true,
  },
  "GET /health": { body: null, answer: healthSchema, open: true },
  "GET /metrics": { body: null, answer: null, open: true },
  "GET /api/session": { body: null, answer: sessionSchema, open: false },
  "POST /api/login": { body: loginSchema, answer: null, open: true },
  "POST /api/logout": { body: null, answer: null, open: false },
  "POST /api/tickets": { body: null, answer: ticketSchema, open: false },
  "GET /api/servers": { body: null, answer: items(serverViewSchema), open: false },
  "POST /api/servers": { body: serverInputSchema, answer: serverViewSchema, open: false },
  "GET /api/servers/{name}": { body: null, answer: serverViewSchema, open: false },
  "DELETE /api/servers/{name}": { body: null, answer: null, open: false },
  "POST /api/servers/{name}/probe": { body: null, answer: serverViewSchema, open: false },
  "POST /api/servers/{name}/reconnect": { body: null, answer: serverViewSchema, open: false },
  "POST /api/servers/{name}/enable": { body: null, answer: serverViewSchema, open: false },
  "POST /api/servers/{name}/disable": { body: null, answer: serverViewSchema, open: false },
  "POST /api/servers/{name}/isolate": { body: null, answer: serverViewSchema, open: false },
  "POST /api/servers/{name}/release": { body: null, answer: serverViewSchema, open: false },
  "POST /api/servers/{name}/reset-breaker": { body: null, answer: serverViewSchema, open: false },
  "POST /api/servers/{name}/chaos": { body: chaosRequestSchema, answer: serverViewSchema, open: false },
  "DELETE /api/servers/{name}/chaos": { body: null, answer: serverViewSchema, open: false },
  "GET /api/servers/{name}/health-log": { body: null, answer: items(healthLogRowSchema), open: false },
  "GET /api/servers/{name}/stderr": { body: null, answer: z.object({ lines: z.array(z.string()) }), open: false },
  "GET /api/tools": { body: null, answer: items(toolViewSchema), open: false },
  "POST /api/tools/call": { body: toolCallRequestSchema, answer: toolCallAnswerSchema, open: false },
  "GET /api/cache": { body: null, answer: cacheAnswerSchema, open: false },
  "DELETE /api/cache": { body: null, answer: cacheClearedSchema, open: false },
  "GET /api/calls": { body: null, answer: callsPageSchema, open: false },
  "GET /api/calls/{id}": { body: null, answer: callRecordSchema, open: false },
  "GET /api/events": { body: null, answer: eventsPageSchema, open: false },
} as const satisfies Record<string, { body: z.ZodType | null; answer: z.ZodType | null; open: boolean }>;

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
}
