// Which headers does a request to this server carry? Flat arrays for undici, built once per change of session or version.
// Values never reach a log or an error.
import { isObject, type JsonObject } from "#lib/json.ts";
import { metaOf } from "#mcp/envelope.ts";
import { nameSource } from "#mcp/era.ts";
import { encodeHeaderValue } from "#mcp/header-value.ts";
import { META, MODERN_VERSION } from "#mcp/protocol.ts";
import { VIA_HEADER } from "#mcp/via.ts";

/** Set by this file or by HTTP itself; a configured header of that name is left out. */
const RESERVED = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-length",
  "content-type",
  "expect",
  "keep-alive",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
  VIA_HEADER,
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const PER_REQUEST = new Set(["mcp-method", "mcp-name", VIA_HEADER]);

export interface HeaderSet {
  /** For a POST of one message. `extra` may add any header that is not reserved, Mcp-Method, Mcp-Name and the signatures of gateways before this one. */
  post(extra?: Readonly<Record<string, string>>): string[];
  /** For a GET that opens an event stream, continued after `lastEventId` unless it is empty. */
  stream(lastEventId: string): string[];
  /** For a DELETE of the session. */
  remove(): string[];
  /** Visible ASCII only; anything else counts as no session. */
  session: string | undefined;
  /** Sent as MCP-Protocol-Version from then on. */
  version: string | undefined;
}

/** `gateway`: this gateway's own id, signed on every request. */
export function createHeaderSet(configured: Readonly<Record<string, string>>, gateway: string): HeaderSet {
  const fixed = flatten(configured, (name) => !RESERVED.has(name));
  if (!("user-agent" in lowerKeys(configured))) fixed.push("user-agent", "omni2");
  fixed.push(VIA_HEADER, gateway);
  let session: string | undefined;
  let version: string | undefined;
  let common: string[] = [];
  let post: string[] = [];
  const rebuild = (): void => {
    common = [...fixed, "accept-encoding", "identity"];
    if (session !== undefined) common.push("mcp-session-id", session);
    if (version !== undefined) common.push("mcp-protocol-version", version);
    post = [...common, "accept", "application/json, text/event-stream", "content-type", "application/json"];
  };
  rebuild();
  return {
    post: (extra) => (extra === undefined ? post : withExtra(post, extra)),
    stream: (lastEventId) => [
      ...common,
      "accept",
      "text/event-stream",
      ...(/^[\x21-\x7e]+$/.test(lastEventId) ? ["last-event-id", lastEventId] : []),
    ],
    remove: () => common,
    get session() {
      return session;
    },
    set session(value) {
      session = value !== undefined && /^[\x21-\x7e]{1,1024}$/.test(value) ? value : undefined;
      rebuild();
    },
    get version() {
      return version;
    },
    set version(value) {
      if (version === value) return;
      version = value;
      rebuild();
    },
  };
}

const lowerKeys = (headers: Readonly<Record<string, string>>): Record<string, true> =>
  Object.fromEntries(Object.keys(headers).map((name) => [name.toLowerCase(), true]));

function flatten(headers: Readonly<Record<string, string>>, keep: (lowerName: string) => boolean): string[] {
  const flat: string[] = [];
  for (const name in headers) if (keep(name.toLowerCase())) flat.push(name, headers[name] as string);
  return flat;
}

function withExtra(base: readonly string[], extra: Readonly<Record<string, string>>): string[] {
  const flat = flatten(extra, (name) => !RESERVED.has(name) || PER_REQUEST.has(name));
  return base.concat(flat);
}

/** The version that a modern request names in its own envelope, or undefined for any other message. */
export function envelopeVersion(message: JsonObject): string | undefined {
  if (message.id === undefined || typeof message.method !== "string" || !isObject(message.params)) return undefined;
  const claimed = metaOf(message.params)?.[META.protocolVersion];
  return typeof claimed === "string" && claimed >= MODERN_VERSION ? claimed : undefined;
}

/** Headers that repeat parts of a modern message's body; undefined for a legacy message, which must not carry them. */
export function bodyHeaders(message: JsonObject): Record<string, string> | undefined {
  if (envelopeVersion(message) === undefined) return undefined;
  const method = message.method as string;
  const name = nameSource(method, message.params as JsonObject);
  return { "mcp-method": method, ...(name === undefined ? undefined : { "mcp-name": encodeHeaderValue(name) }) };
}
