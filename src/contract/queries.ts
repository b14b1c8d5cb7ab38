// What may stand behind the `?` of a REST route? For its description; the route's own file reads it with the same schema.
import type * as z from "zod";
import { auditQuerySchema } from "./access.ts";
import { healthLogQuerySchema, type RouteKey } from "./api.ts";
import { clearQuerySchema } from "./cache.ts";
import { dryRunQuerySchema, revisionsQuerySchema } from "./change.ts";
import { callsQuerySchema, eventsQuerySchema } from "./history.ts";
import { minutesQuerySchema, momentQuerySchema, timelineQuerySchema } from "./timeline.ts";

export const QUERIES: Readonly<Partial<Record<RouteKey, z.ZodObject>>> = {
  "GET /api/servers/{name}/health-log": healthLogQuerySchema,
  "GET /api/servers/{name}/minutes": minutesQuerySchema,
  "DELETE /api/cache": clearQuerySchema,
  "GET /api/calls": callsQuerySchema,
  "GET /api/events": eventsQuerySchema,
  "GET /api/timeline": timelineQuerySchema,
  "GET /api/moment": momentQuerySchema,
  "PATCH /api/config": dryRunQuerySchema,
  "GET /api/config/revisions": revisionsQuerySchema,
  "POST /api/config/revisions/{n}/apply": dryRunQuerySchema,
  "GET /api/audit": auditQuerySchema,
};
