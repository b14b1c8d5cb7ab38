// How were the servers over the last hours, and how much was asked of them? Spans, incidents and minutes, as stored.
import * as z from "zod";
import { STATUSES, type Status } from "./upstream.ts";

const at = z.number().describe("Milliseconds since 1970.");
const count = z.number().int();

export const timelineQuerySchema = z.strictObject({
  hours: z.coerce.number().int().min(1).max(720).default(24).describe("How far back, 1 to 720. Default 24."),
  server: z.string().min(1).max(256).optional(),
});
export type TimelineQuery = z.output<typeof timelineQuerySchema>;

export const minutesQuerySchema = z.strictObject({
  hours: z.coerce.number().int().min(1).max(168).default(24).describe("How far back, 1 to 168. Default 24."),
});

/** The last instant that a date can name, milliseconds since 1970. */
const LAST_INSTANT = 8.64e15;
export const momentQuerySchema = z.strictObject({
  at: z.coerce.number().int().min(0).max(LAST_INSTANT).describe("Milliseconds since 1970, not after now."),
});

/** What was told of one server's status at one moment. */
export interface StatusFact {
  readonly server: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Its status until then; null when it was not told. */
  readonly before: Status | null;
  /** Its status from then on; null: it is not configured any more. */
  readonly status: Status | null;
  readonly reason: string | null;
}

/** A time in which a server had one status; `unknown` also where no gateway ran. */
export const spanSchema = z.object({
  from: at,
  to: at.nullable().describe("Null: it still lasts."),
  status: z.enum(STATUSES),
  reason: z.string().nullable(),
});
export type Span = z.infer<typeof spanSchema>;

/**
 * From the moment a server was down (or recovering) until it served again, was paused or removed, or nobody watched any more.
 * Time that nobody watched lies within it when the server was down before and after.
 */
export const incidentSchema = z.object({
  from: at.describe("Milliseconds since 1970; at the earliest the begin of the hours asked for."),
  to: at.nullable().describe("Null: it still lasts."),
  cause: z.string().nullable().describe("The reason told when it began."),
});
export type Incident = z.infer<typeof incidentSchema>;

export const serverTimelineSchema = z.object({
  server: z.string(),
  spans: z
    .array(spanSchema)
    .describe(
      "Oldest first, without holes, at most 500, fewer where there are more than fifty servers: more are drawn together, the worst status wins.",
    ),
  incidents: z.array(incidentSchema).describe("Newest first, at most 100."),
  downMs: z.number().describe("Time that it was seen down or recovering within the hours asked for."),
  meanRecoveryMs: z
    .number()
    .nullable()
    .describe("Mean duration of the incidents that were seen to end with the server serving again; null without any."),
});
export type ServerTimeline = z.infer<typeof serverTimelineSchema>;

/** How one server was at a moment. */
export const stateAtSchema = z.object({
  server: z.string(),
  status: z.enum(STATUSES),
  reason: z.string().nullable(),
});
export type StateAt = z.infer<typeof stateAtSchema>;
export const momentSchema = z.object({
  at,
  servers: z.array(stateAtSchema).describe("By name; those that were not configured then are left out."),
});
export type Moment = z.infer<typeof momentSchema>;

/** What was asked of one server in one minute. */
export const serverMinuteSchema = z.object({
  at: at.describe("Start of the minute, milliseconds since 1970."),
  calls: count,
  faults: count.describe("Of these, those that got no answer from the server."),
  cached: count.describe("Of these, those answered without asking the server: hit, stale or coalesced."),
  meanMs: z.number().nullable().describe("Of all calls; null without any."),
  maxMs: z.number().nullable(),
});
export type ServerMinute = z.infer<typeof serverMinuteSchema>;

/** The gateway's own figures over ten seconds. */
export const figureSchema = z.object({
  at: at.describe("End of the ten seconds, milliseconds since 1970."),
  calls: count.describe("Ended in these ten seconds."),
  faults: count,
  hits: count.describe("Answered from the cache, stale and coalesced included."),
  savedMs: z.number().describe("Upstream time saved in them."),
  p95Ms: z.number().nullable().describe("Of the minute before; null without calls."),
  sessions: count,
  sockets: count,
  rssBytes: z.number(),
  loopLagMs: z.number().describe("The longest of them."),
});
export type Figure = z.infer<typeof figureSchema>;
