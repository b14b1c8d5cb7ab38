// What is a line from a server that is not a reply to one of our own requests? Parses it once and sorts it.
// Pure; every line that is none of these is refused.
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { isObject } from "#lib/json.ts";
import { OWN_ID_PREFIX, type SideMessage } from "#upstream/transport.ts";

export type Inbound =
  /** Progress of one of our own requests; `id` is its token. */
  | { readonly kind: "progress"; readonly id: string; readonly message: SideMessage }
  /** A reply to a request that the SDK sent. */
  | { readonly kind: "reply"; readonly id: string | number; readonly message: JSONRPCMessage }
  /** A request or a notification for the SDK. */
  | { readonly kind: "message"; readonly message: JSONRPCMessage };

/** `line`: bytes that `scanReply` accepted, so that the depth is known to be safe. */
export function parseInbound(line: Buffer): Inbound | undefined {
  const value = parse(line);
  if (!isObject(value) || value.jsonrpc !== "2.0") return undefined;
  const message = value as unknown as JSONRPCMessage;
  if (value.method === undefined) {
    return isId(value.id) ? { kind: "reply", id: value.id, message } : undefined;
  }
  if (typeof value.method !== "string") return undefined;
  if (value.id !== undefined && !isId(value.id)) return undefined;
  const params = isObject(value.params) ? value.params : {};
  const token = value.method === "notifications/progress" ? params.progressToken : undefined;
  if (typeof token === "string" && token.startsWith(OWN_ID_PREFIX)) {
    return { kind: "progress", id: token, message: { method: value.method, params } };
  }
  return { kind: "message", message };
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return undefined;
  }
}

// Numbers beyond 2^53 lose digits when parsed, so they cannot be answered exactly.
const isId = (id: unknown): id is string | number => typeof id === "string" || Number.isSafeInteger(id);

const EDGE_BYTES = 256;
const OWN_ID = new RegExp(`"id"\\s*:\\s*"(${OWN_ID_PREFIX}\\d+)"`);

/** The request of ours that an unusable line claims to answer, judging by the line's two ends. Good only for refusing it. */
export function claimedId(line: Buffer): string | undefined {
  const head = line.toString("latin1", 0, EDGE_BYTES);
  const tail = line.length > EDGE_BYTES ? line.toString("latin1", line.length - EDGE_BYTES) : "";
  return (OWN_ID.exec(head) ?? OWN_ID.exec(tail))?.[1];
}
