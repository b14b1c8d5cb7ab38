// What is remembered and told about one call?
import * as z from "zod";
import { CACHE_REASONS, CACHE_REQUESTS } from "./cache.ts";
import { CIRCUIT_STATES } from "./upstream.ts";

/** What the cache did for a call. `coalesced`: answered by an equal call in flight; `shadow`: only watched. */
export const DISPOSITIONS = ["hit", "miss", "stale", "coalesced", "bypass", "shadow"] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export const CALL_KINDS = ["tool", "prompt", "resource", "completion"] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** `ok`: a result; `tool_error`: a result with isError; `fault`: one of ours or an upstream JSON-RPC error. */
export const OUTCOMES = ["ok", "tool_error", "fault"] as const;
export type CallOutcome = (typeof OUTCOMES)[number];

/** One finished call. Holds no arguments and no result: only what happened. */
export const callRecordSchema = z.object({
  id: z.string(),
  at: z.number().describe("Wall time of the start, milliseconds since 1970."),
  kind: z.enum(CALL_KINDS),
  server: z.string().nullable(),
  name: z.string(),
  principal: z.string(),
  era: z.enum(["legacy", "modern", "rest"]),
  outcome: z.enum(OUTCOMES),
  faultCode: z.string().nullable(),
  disposition: z.enum(DISPOSITIONS),
  cacheReason: z.enum(CACHE_REASONS).nullable().describe("Why the cache did not answer; null where it could have."),
  ageMs: z.number().nullable().describe("How old a kept answer was, in milliseconds."),
  durationMs: z.number(),
  queuedMs: z.number().describe("Waited for a place at the server, in milliseconds."),
  backoffMs: z.number().describe("Waited between attempts, in milliseconds."),
  upstreamMs: z
    .number()
    .nullable()
    .describe("Waited for the server, all attempts together; null when it was never asked."),
  breaker: z
    .enum(CIRCUIT_STATES)
    .nullable()
    .describe("The breaker as the last attempt found it; null when the call did not get so far."),
  attempts: z.number().int(),
  resultBytes: z.number().int().describe("Of the result or error, as JSON; 0 when there is none."),
});
export type CallRecord = z.infer<typeof callRecordSchema>;

export const toolCallRequestSchema = z.strictObject({
  server: z.string().min(1),
  tool: z.string().min(1).max(128),
  arguments: z.record(z.string(), z.unknown()).default({}),
  cache: z.enum(CACHE_REQUESTS).default("use"),
});
export type ToolCallRequest = z.infer<typeof toolCallRequestSchema>;

export const toolCallAnswerSchema = z.object({
  result: z.record(z.string(), z.unknown()),
  call: z.object({
    id: z.string(),
    disposition: z.enum(DISPOSITIONS),
    ageMs: z.number().nullable(),
    durationMs: z.number(),
    attempts: z.number().int(),
    upstreamMs: z.number().nullable(),
  }),
});
export type ToolCallAnswer = z.infer<typeof toolCallAnswerSchema>;
