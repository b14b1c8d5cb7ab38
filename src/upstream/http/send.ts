// How does the SDK's own traffic travel over HTTP? One POST per message; replies are parsed, matched by exact id and given to
// `onmessage`. It must never let a reply reach the SDK that answers another request.
import { type JSONRPCMessage, SdkError, SdkErrorCode, type TransportSendOptions } from "@modelcontextprotocol/client";
import type { JsonObject } from "#lib/json.ts";
import type { RequestId } from "#mcp/protocol.ts";
import { scanReply } from "#mcp/scan.ts";
import type { Reply } from "#upstream/transport.ts";
import { errorReplyOf, protocolFault } from "./faults.ts";
import { bodyHeaders, envelopeVersion } from "./headers.ts";
import { parseMessage } from "./inbound.ts";
import type { HttpLink } from "./link.ts";
import { bodyOf, httpError, postOneWay, withCause } from "./one-way.ts";
import { isSuccess, mediaType } from "./response.ts";
import { startTrip, type Trip, type TripEnd } from "./trip.ts";

export type Send = (message: JSONRPCMessage, options?: TransportSendOptions) => Promise<void>;

/** `onInitialized` runs when a server has taken the legacy handshake's last message. */
export function createSend(link: HttpLink, onInitialized: () => void): Send {
  const waiting = new Map<RequestId, Trip>();
  return async (sent, options) => {
    const message = sent as unknown as JsonObject;
    if (typeof message.method === "string" && message.id !== undefined) {
      return request(link, message, { options, waiting });
    }
    // The modern era has no client notifications over HTTP: a closed stream says it all.
    if (link.era === "modern" && typeof message.method === "string") return;
    await postOneWay(link, message);
    if (message.method === "notifications/initialized" && link.era === "legacy") onInitialized();
    if (message.method === "notifications/cancelled") stopWaiting(waiting, message);
  };
}

// The SDK has given up on that request, so its stream serves nobody.
function stopWaiting(waiting: Map<RequestId, Trip>, { params }: JsonObject): void {
  const { requestId } = (params ?? {}) as { requestId?: RequestId };
  if (requestId !== undefined) waiting.get(requestId)?.stop(new Error("The request was cancelled."));
}

interface RequestContext {
  readonly options: TransportSendOptions | undefined;
  readonly waiting: Map<RequestId, Trip>;
}

async function request(link: HttpLink, message: JsonObject, { options, waiting }: RequestContext): Promise<void> {
  const id = message.id as RequestId;
  const version = envelopeVersion(message);
  // The negotiation's probe names its version before the link has one.
  if (version !== undefined) link.headers.version = version;
  const opening = message.method === "initialize";
  if (opening) {
    link.headers.session = undefined;
    link.headers.version = undefined;
  }
  let answer: JsonObject | undefined;
  const trip = startTrip(link, {
    pool: link.pools.control,
    body: JSON.stringify(message),
    headers: { ...options?.headers, ...bodyHeaders(message) },
    signal: options?.requestSignal,
    isReply: (reply) => {
      answer = answerTo(id, reply);
      return answer !== undefined;
    },
    ...(message.method === "subscriptions/listen" ? { limitMs: Number.POSITIVE_INFINITY } : undefined),
  });
  waiting.set(id, trip);
  try {
    const end = await trip.end;
    if (opening) link.headers.session = sessionOf(end);
    link.inbound.deliver(answer ?? answerOfBody(link, message, end));
  } catch (error) {
    throw withCause(error);
  } finally {
    waiting.delete(id);
    if (options?.requestSignal?.aborted !== true) options?.onRequestStreamEnd?.();
  }
}

/** The reply when it answers exactly this id: same type, same value. */
function answerTo(id: RequestId, { bytes, scan }: Reply): JsonObject | undefined {
  if (typeof id === "string" ? scan.id !== id : scan.id !== null) return undefined;
  const message = parseMessage(bytes);
  return message?.id === id ? message : undefined;
}

function answerOfBody(link: HttpLink, message: JsonObject, end: TripEnd): JsonObject {
  const body = bodyOf(end);
  const id = message.id as RequestId;
  if (!isSuccess(end.head.status)) {
    const explained = envelopeVersion(message) !== undefined && (end.head.status === 400 || end.head.status === 404);
    const error = explained ? errorReplyOf(body) : undefined;
    if (error?.id === id) return error;
    throw httpError(link, end.head, body);
  }
  const scan = mediaType(end.head.headers) === "json" ? scanReply(body) : undefined;
  const answer = scan === undefined || scan.kind === "none" ? undefined : answerTo(id, { bytes: body, scan });
  if (answer !== undefined) return answer;
  link.inbound.drop();
  const fault = protocolFault(link.name, `answered HTTP ${end.head.status} without a usable JSON-RPC reply`);
  throw new SdkError(SdkErrorCode.ClientHttpUnexpectedContent, fault.message, undefined, { cause: fault });
}

function sessionOf({ head }: TripEnd): string | undefined {
  const value = head.headers["mcp-session-id"];
  return isSuccess(head.status) && typeof value === "string" ? value : undefined;
}
