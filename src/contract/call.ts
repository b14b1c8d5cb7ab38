// What is remembered and told about one call?
import * as z from "zod";

export const DISPOSITIONS = ["hit", "miss", "stale", "bypass", "shadow"] as const;
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
  durationMs: z.number(),
  upstreamMs: z.number().nullable(),
  attempts: z.number().int(),
  resultBytes: z.number().int(),
});
export type CallRecord = z.infer<typeof callRecordSchema>;

export const toolCallRequestSchema = z.strictObject({
  server: z.string().min(1),
  tool: z.string().min(1).max(128),
  arguments: z.record(z.string(), z.unknown()).default({}),
  cache: z.enum(["use", "bypass", "refresh"]).default("use"),
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
