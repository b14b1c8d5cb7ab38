// Who is connected right now? MCP clients by session, and readers of the live stream with what they subscribed to.
import * as z from "zod";
import { ROLES } from "./access.ts";
import { subscriptionSchema } from "./subscription.ts";

const at = z.number().describe("Milliseconds since 1970.");
const count = z.number().int();

/** One session of an MCP client of the legacy era; modern clients have none. */
export const mcpConnectionSchema = z.object({
  id: z.string().describe("Not the session's id, which is a secret: the first characters of its hash."),
  endpoint: z.string().describe("`/mcp`, or `/mcp/<server>`."),
  client: z.object({ name: z.string(), version: z.string() }).nullable().describe("As the client says."),
  protocolVersion: z.string(),
  principal: z.string(),
  openedAt: at,
  seenAt: at.describe("Milliseconds since 1970 of its last request."),
  inFlight: count.describe("Calls running now."),
  streams: count.describe("Event streams it holds open."),
});
export type McpConnection = z.infer<typeof mcpConnectionSchema>;

export const liveConnectionSchema = z.object({
  id: z.string(),
  kind: z.enum(["websocket", "events"]).describe("`/ws`, or `/api/live`."),
  principal: z.string(),
  role: z.enum(ROLES),
  address: z.string(),
  openedAt: at,
  pace: z.enum(["flowing", "catching_up", "draining"]).describe("`draining`: it reads too slowly and is sent nothing."),
  bufferedBytes: count.describe("Sent and not read yet."),
  subscriptions: z.array(subscriptionSchema).describe("Empty: everything its role may see but call_finished."),
});
export type LiveConnectionView = z.infer<typeof liveConnectionSchema>;

export const connectionsSchema = z.object({
  mcp: z.array(mcpConnectionSchema).describe("Most recently seen first, at most 1,000."),
  mcpTotal: count,
  live: z.array(liveConnectionSchema).describe("Newest first, at most 1,000."),
  liveTotal: count,
});
export type ConnectionsAnswer = z.infer<typeof connectionsSchema>;
