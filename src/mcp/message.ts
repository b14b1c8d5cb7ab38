// Is this body one JSON-RPC message that we may act on? Depth and shape are judged before anything else looks at it.
import { Fault } from "#contract/fault.ts";
import { isObject, isUtf8Text, type JsonObject, jsonDepth, MAX_JSON_DEPTH } from "#lib/json.ts";
import type { RequestId } from "./protocol.ts";

export type Inbound =
  | { readonly kind: "request"; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "notification"; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "response"; readonly id: RequestId }
  | { readonly kind: "invalid"; readonly id: RequestId | null; readonly fault: Fault };

const invalid = (message: string, id: RequestId | null = null): Inbound => ({
  kind: "invalid",
  id,
  fault: new Fault("INVALID_REQUEST", message),
});

/** Each level takes an opening and a closing byte; what lacks the latter is no JSON. */
const TOO_SHORT_TO_BE_DEEP = 2 * MAX_JSON_DEPTH + 1;

/** Reads one message. Never throws: what cannot be used comes back as `invalid` with the fault to answer. */
export function parseInbound(bytes: Buffer): Inbound {
  if (bytes.length > TOO_SHORT_TO_BE_DEEP && jsonDepth(bytes) > MAX_JSON_DEPTH) {
    return invalid(`The message nests deeper than ${MAX_JSON_DEPTH} levels; send flatter parameters.`);
  }
  if (!isUtf8Text(bytes)) return unreadable("The body is not UTF-8 text; encode the message as UTF-8.");
  try {
    return readMessage(JSON.parse(bytes.toString("utf8")));
  } catch {
    return unreadable(
      bytes.length === 0
        ? "The body is empty; send one JSON-RPC message."
        : "The body is not valid JSON; send one JSON-RPC message and nothing after it.",
    );
  }
}

const unreadable = (message: string): Inbound => ({
  kind: "invalid",
  id: null,
  fault: new Fault("PARSE_ERROR", message),
});

/** A whole number that survives JSON, or any string. Fractions and integers beyond 2^53-1 cannot be echoed exactly. */
export const isRequestId = (value: unknown): value is RequestId =>
  typeof value === "string" || Number.isSafeInteger(value);

function readMessage(message: unknown): Inbound {
  if (Array.isArray(message)) return invalid("Batches are not served: send one message per request.");
  if (!isObject(message) || message.jsonrpc !== "2.0")
    return invalid('The body is not a JSON-RPC 2.0 message: send an object with "jsonrpc": "2.0".');
  const { id, method, params } = message;
  const hasId = Object.hasOwn(message, "id");
  if (hasId && !isRequestId(id))
    return invalid("The id could not be echoed exactly: use a string, or an integer between -(2^53-1) and 2^53-1.");
  const knownId = hasId ? (id as RequestId) : null;
  if (method === undefined && knownId !== null && ("result" in message || "error" in message)) {
    return { kind: "response", id: knownId };
  }
  if (typeof method !== "string" || method === "")
    return invalid("The message has no method; name one as a string.", knownId);
  if (params !== undefined && !isObject(params))
    return invalid("The params are not an object; send named parameters.", knownId);
  const fields = params ?? {};
  return knownId === null
    ? { kind: "notification", method, params: fields }
    : { kind: "request", id: knownId, method, params: fields };
}
