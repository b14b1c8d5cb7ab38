// Which part of the live stream may a client ask for, and what else may it send on `/ws`?
import * as z from "zod";
import { SEVERITIES } from "./severity.ts";

/** What a client may subscribe to: everything that happens, and the figures of each second. */
export const SUBSCRIBABLE = [
  "mcp_status_change",
  "circuit_breaker_state",
  "mcp_auto_disabled",
  "health_event",
  "mcp_tools_changed",
  "cache_invalidated",
  "config_applied",
  "server_added",
  "server_removed",
  "system_metrics",
  "call_finished",
] as const;

const filtersSchema = z.strictObject({
  servers: z
    .array(z.string().max(64))
    .min(1)
    .max(200)
    .optional()
    .describe("Only events about these servers, and those that are about no single one."),
  severities: z
    .array(z.enum(SEVERITIES))
    .min(1)
    .optional()
    .describe("Only events of these severities; those that have none are left out."),
});

/** A part of the stream. Without `event_types` it is all but call_finished. */
export const subscriptionSchema = z.object({
  event_types: z.array(z.enum(SUBSCRIBABLE)).min(1).optional(),
  filters: filtersSchema.optional(),
});
export type Subscription = z.infer<typeof subscriptionSchema>;

/** What a client may send on `/ws`. Anything else is answered with an `error` frame; the socket stays open. */
export const clientActionSchema = z.discriminatedUnion("action", [
  subscriptionSchema.extend({ action: z.literal("subscribe") }),
  z.object({ action: z.literal("unsubscribe"), subscription_id: z.string().max(64) }),
  z.object({ action: z.literal("get_metadata") }),
  z.object({ action: z.literal("ping") }),
]);
export type ClientAction = z.infer<typeof clientActionSchema>;
