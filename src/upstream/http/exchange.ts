// How does a hot call travel over HTTP? One POST, and the reply's bytes come back unparsed. What is not a usable reply
// becomes a fault here.

import { scanReply } from "#mcp/scan.ts";
import type { Exchange, Reply } from "#upstream/transport.ts";
import { errorReplyOf, protocolFault } from "./faults.ts";
import type { HttpLink } from "./link.ts";
import { refusalFault } from "./one-way.ts";
import { isSuccess, mediaType, type ResponseHead } from "./response.ts";
import { startTrip, type TripEnd } from "./trip.ts";

export function exchangeOverHttp(link: HttpLink, request: Exchange): Promise<Reply> {
  const { id, body, headers, signal, onMessage } = request;
  const trip = startTrip(link, {
    pool: link.pools.calls,
    body,
    headers,
    signal,
    onSide: onMessage,
    isReply: ({ scan }) => scan.id === id,
    // The signal bounds a call; a timer for each would cost more than it guards.
    limitMs: Number.POSITIVE_INFINITY,
  });
  return trip.end.then((end) => (end.kind === "reply" ? end.reply : replyOfBody(link, id, end)));
}

function replyOfBody(link: HttpLink, id: string, { head, body }: TripEnd & { kind: "body" }): Reply {
  if (!isSuccess(head.status)) return replyOfRefusal(link, id, { head, body });
  const type = mediaType(head.headers);
  if (body.length === 0) throw protocolFault(link.name, `answered HTTP ${head.status} without a reply`);
  if (type !== "json")
    throw protocolFault(link.name, "answered with something that is neither JSON nor an event stream");
  const scan = scanReply(body);
  if (scan === undefined || scan.kind === "none") {
    link.inbound.drop();
    throw protocolFault(link.name, "answered with a message that is not a valid JSON-RPC reply or nests too deep");
  }
  if (scan.id === id) return { bytes: body, scan };
  const own = scan.kind === "error" && scan.id === null ? ownedError(id, body) : undefined;
  if (own !== undefined) return own;
  link.inbound.drop();
  throw protocolFault(link.name, "answered with the id of another request");
}

const isServerError = (status: number): boolean => status >= 500 && status !== 503;

interface Refusal {
  readonly head: ResponseHead;
  readonly body: Buffer;
}

/** The reply in a response that is not 2xx: a JSON-RPC error the server explains itself with. Throws the fault otherwise. */
export function replyOfRefusal(link: HttpLink, id: string, { head, body }: Refusal): Reply {
  const fault = refusalFault(link, head, body);
  const explained = fault.code === "UPSTREAM_PROTOCOL" || isServerError(head.status);
  const own = explained ? ownedError(id, body) : undefined;
  if (own === undefined) throw fault;
  return own;
}

/** An error reply with our id; one that names no id can only mean this request and gets it. */
function ownedError(id: string, body: Buffer): Reply | undefined {
  const error = errorReplyOf(body);
  if (error === undefined || (error.id !== id && (error.id ?? null) !== null)) return undefined;
  const bytes = error.id === id ? body : Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, error: error.error }));
  const scan = scanReply(bytes);
  return scan === undefined ? undefined : { bytes, scan };
}
