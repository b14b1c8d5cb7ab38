// What may stand behind the `?` of a REST route? For its description; the route's own file reads it with the same schema.
import * as z from "zod";
import { auditQuerySchema } from "./access.ts";
import type { RouteKey } from "./api.ts";
import { dryRunQuerySchema, revisionsQuerySchema } from "./change.ts";
import { callsQuerySchema, eventsQuerySchema } from "./history.ts";
import { minutesQuerySchema, timelineQuerySchema } from "./timeline.ts";

const clearQuerySchema = z.object({
  server: z.string().optional().describe("Only what is kept of this server."),
  tool: z.string().optional().describe("Only what is kept of this tool; needs `server`."),
});
const healthLogQuerySchema = z.object({
  limit: z.number().int().min(1).max(1_000).default(200).describe("Rows, 1 to 1000, newest first. Default 200."),
});

export const QUERIES: Readonly<Partial<Record<RouteKey, z.ZodObject>>> = {
  "GET /api/servers/{name}/health-log": healthLogQuerySchema,
  "GET /api/servers/{name}/minutes": minutesQuerySchema,
  "DELETE /api/cache": clearQuerySchema,
  "GET /api/calls": callsQuerySchema,
  "GET /api/events": eventsQuerySchema,
  "GET /api/timeline": timelineQuerySchema,
  "PATCH /api/config": dryRunQuerySchema,
  "GET /api/config/revisions": revisionsQuerySchema,
  "POST /api/config/revisions/{n}/apply": dryRunQuerySchema,
  "GET /api/audit": auditQuerySchema,
};
