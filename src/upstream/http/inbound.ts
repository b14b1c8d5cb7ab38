// Where does a message go that a server sent unasked, or that nobody waits for? To a call's listener, to the SDK, or nowhere.
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { isObject, type JsonObject } from "#lib/json.ts";
import type { Log } from "#lib/log.ts";
import type { SideMessage } from "#upstream/transport.ts";

export interface Inbound {
  /** Counts a message that reaches nobody. */
  drop(): void;
  readonly dropped: number;
  /** Hands a message to the SDK. What handlers throw is logged, not thrown. */
  deliver(message: JsonObject): void;
  /** Routes a request or notification: notifications of a call to its listener, everything else to the SDK. */
  side(bytes: Buffer, listener?: (message: SideMessage) => void): void;
}

export interface InboundDeps {
  readonly name: string;
  readonly log: Log;
  readonly onMessage: (message: JSONRPCMessage) => void;
}

/** News about the whole connection, whatever stream it came on. */
const CONNECTION_NEWS: ReadonlySet<unknown> = new Set([
  "notifications/tools/list_changed",
  "notifications/prompts/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
]);

export function createInbound({ name, log, onMessage }: InboundDeps): Inbound {
  let dropped = 0;
  const drop = (): void => void dropped++;
  const guarded = (handle: () => void): void => {
    try {
      handle();
    } catch (error) {
      log.warn({ server: name, error }, "a message from a server could not be handled");
    }
  };
  const deliver = (message: JsonObject): void => guarded(() => onMessage(message as unknown as JSONRPCMessage));
  return {
    drop,
    get dropped() {
      return dropped;
    },
    deliver,
    side(bytes, listener) {
      const message = parseMessage(bytes);
      const { method, params, id } = message ?? {};
      if (message === undefined || typeof method !== "string") drop();
      else if (listener === undefined || id !== undefined || CONNECTION_NEWS.has(method)) deliver(message);
      else guarded(() => listener({ method, params: isObject(params) ? params : {} }));
    },
  };
}

/** The message, or undefined for bytes that are not a JSON object. Depth must have been checked before. */
export function parseMessage(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
