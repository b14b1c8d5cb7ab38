// How does the SDK's own traffic travel over HTTP+SSE? Every message is posted; replies come on the link's stream.
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { isObject, type JsonObject } from "#lib/json.ts";
import type { RequestId } from "#mcp/protocol.ts";
import type { HttpLink } from "#upstream/http/link.ts";
import { ONE_WAY_LIMIT_MS, postOneWay } from "#upstream/http/one-way.ts";
import type { Replies } from "./replies.ts";

/** Some servers hold the POST of a request until they have answered it on the stream. */
const REQUEST_LIMIT_MS = 600_000;

export async function sendOverSse(link: HttpLink, replies: Replies, sent: JSONRPCMessage): Promise<void> {
  const message = sent as unknown as JsonObject;
  const id = typeof message.method === "string" ? (message.id as RequestId | undefined) : undefined;
  if (message.method === "notifications/cancelled" && isObject(message.params)) {
    replies.forget(message.params.requestId as RequestId);
  }
  if (id === undefined) return postOneWay(link, message, ONE_WAY_LIMIT_MS);
  replies.await(id);
  try {
    await postOneWay(link, message, REQUEST_LIMIT_MS);
  } catch (error) {
    replies.forget(id);
    throw error;
  }
}
