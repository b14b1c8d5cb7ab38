// To whom does a message on the one event stream belong? Exchanges wait for their string ids, the SDK for exactly the ids it
// sent; the first reply wins, and a reply that nobody waits for is dropped.
import type { JsonObject } from "#lib/json.ts";
import { Register } from "#lib/roster.ts";
import type { RequestId } from "#mcp/protocol.ts";
import { scanReply } from "#mcp/scan.ts";
import { type Inbound, parseMessage } from "#upstream/http/inbound.ts";
import type { Reply, SideMessage } from "#upstream/transport.ts";

export interface Waiting {
  readonly onReply: (reply: Reply) => void;
  readonly onMessage: ((message: SideMessage) => void) | undefined;
}

/** Requests of the SDK that may be open at once; beyond it the oldest is forgotten. */
const MAX_SDK_REQUESTS = 1024;

export interface Replies {
  /** Exchanges by id. */
  readonly exchanges: Register<Waiting>;
  /** The SDK waits for a reply to this id. */
  await(id: RequestId): void;
  forget(id: RequestId): void;
  route(bytes: Buffer): void;
}

export function createReplies(inbound: Inbound): Replies {
  const exchanges = new Register<Waiting>();
  const awaited = new Set<RequestId>();
  const deliver = (message: JsonObject | undefined): void => {
    if (message !== undefined && awaited.delete(message.id as RequestId)) inbound.deliver(message);
    else inbound.drop();
  };
  return {
    exchanges,
    await(id) {
      awaited.add(id);
      if (awaited.size <= MAX_SDK_REQUESTS) return;
      for (const oldest of awaited) {
        awaited.delete(oldest);
        break;
      }
    },
    forget: (id) => void awaited.delete(id),
    route(bytes) {
      const scan = scanReply(bytes);
      const waiting = typeof scan?.id === "string" ? exchanges.get(scan.id) : undefined;
      if (scan === undefined) inbound.drop();
      else if (scan.kind === "none") inbound.side(bytes, listenerOf(bytes, exchanges));
      else if (waiting !== undefined) waiting.onReply({ bytes, scan });
      else deliver(parseMessage(bytes));
    },
  };
}

/** The exchange whose progress token a notification carries; all others are the connection's. */
function listenerOf(bytes: Buffer, exchanges: Register<Waiting>): Waiting["onMessage"] {
  if (exchanges.size === 0 || !bytes.includes('"progressToken"')) return undefined;
  const params = parseMessage(bytes)?.params as { progressToken?: unknown } | undefined;
  const token = params?.progressToken;
  return typeof token === "string" ? exchanges.get(token)?.onMessage : undefined;
}
