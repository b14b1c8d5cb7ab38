// How is the past asked for? Pages of finished calls and of events, newest first, with what they can be narrowed down to.
import * as z from "zod";
import { callRecordSchema, DISPOSITIONS, OUTCOMES } from "./call.ts";
import { SEVERITIES } from "./severity.ts";
import { SUBSCRIBABLE } from "./subscription.ts";
import { momentQuerySchema } from "./timeline.ts";

const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(1_000)
  .default(100)
  .describe("Rows in one answer, 1 to 1000. Default 100.");
const before = z.string().max(500).optional().describe("`next` of the page before; without it the newest.");
const name = z.string().min(1).max(256);
const moment = momentQuerySchema.shape.at;

export const callsQuerySchema = z.strictObject({
  before,
  limit,
  server: name.optional(),
  tool: name.optional().describe("The server's own name of it."),
  outcome: z.enum(OUTCOMES).optional(),
  disposition: z.enum(DISPOSITIONS).optional(),
  principal: name.optional(),
});
export type CallsQuery = z.output<typeof callsQuerySchema>;

export const eventsQuerySchema = z.strictObject({
  before,
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe("Only events of this epoch with a higher number, oldest first."),
  since: moment.optional().describe("Only what happened from this moment on, oldest first. Milliseconds since 1970."),
  until: moment.optional().describe("Only what happened up to this moment, newest first. Milliseconds since 1970."),
  limit,
  server: name.optional(),
  type: z.enum(SUBSCRIBABLE).optional(),
});
export type EventsQuery = z.output<typeof eventsQuerySchema>;

export const eventRowSchema = z.object({
  seq: z.number().int().describe("The number of its live frame; compares within one epoch only."),
  epoch: z.string(),
  at: z.number().describe("Milliseconds since 1970."),
  type: z.string(),
  server: z.string().nullable(),
  severity: z.enum(SEVERITIES).nullable(),
  data: z.unknown().describe("The frame's data."),
});
export type EventRow = z.infer<typeof eventRowSchema>;

const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().optional().describe("Where the next page begins.") });
export const callsPageSchema = page(callRecordSchema);
export const eventsPageSchema = page(eventRowSchema);
export type CallsPage = z.infer<typeof callsPageSchema>;
export type EventsPage = z.infer<typeof eventsPageSchema>;
