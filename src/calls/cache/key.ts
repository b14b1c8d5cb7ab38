// Under which key is an answer kept? SHA-256 over a JSON array in canonical form: everything that the answer may depend on
// stands in it as a member of its own, so that no two different questions can be written alike.
import { hash } from "node:crypto";
import type { Call } from "#calls/call.ts";
import type { CacheRule } from "#contract/cache.ts";
import { canonicalJson, canonicalText, type JsonObject } from "#lib/json.ts";
import { metaOf } from "#mcp/envelope.ts";
import { ENVELOPE_PREFIX, META } from "#mcp/protocol.ts";

/** Longer arguments are not worth a key. */
export const MAX_ARGUMENTS = 65_536;

/** What all calls of one tool, or all resources of one server, share. */
export interface KeyBase {
  readonly kind: "tool" | "resource";
  readonly server: string;
  /** Hash of the server's whole configuration. */
  readonly configuration: string;
  /** The tool's own name; empty for resources. */
  readonly tool: string;
  /** Hash of the tool's definition as its server listed it; empty for resources. */
  readonly definition: string;
  /** Protocol generation of the server: it shapes the answer. */
  readonly era: string;
}

/** What they share as one member of the array: its own hash, worked out once. */
export const keyPrefix = ({ kind, server, configuration, tool, definition, era }: KeyBase): string =>
  `["${hash("sha256", JSON.stringify([kind, server, configuration, tool, definition, era]), "base64url")}"`;

export interface Asked {
  /** The principal whose answer it is, or undefined for everybody's. */
  readonly principal: string | undefined;
  /** Whether the aggregate endpoint asked: URIs in its answers are written differently. */
  readonly aggregate: boolean;
  /** Parameters in the server's own words. */
  readonly params: JsonObject;
}

/** `scope`: whether the answer is this principal's or everybody's. */
export const askedBy = (
  call: Pick<Call, "principal" | "view">,
  params: JsonObject,
  scope: CacheRule["scope"],
): Asked => ({
  principal: scope === "private" ? call.principal : undefined,
  aggregate: call.view === null,
  params,
});

/** 64 hexadecimal digits, which are quicker made than a shorter text; undefined when the arguments are too large. */
export function cacheKey(prefix: string, { principal, aggregate, params }: Asked): string | undefined {
  const uri = subject(params.uri);
  const given = subject(params.arguments);
  const foreign = foreignMeta(params);
  if (uri === undefined || given === undefined || foreign === undefined) return undefined;
  const scope = principal === undefined ? "null" : JSON.stringify(principal);
  return hash("sha256", `${prefix},${scope},${aggregate},${uri},${given},${foreign}]`, "hex");
}

/** Nothing at all is not `null`: an empty place in the array, which no value leaves. */
const subject = (value: unknown): string | undefined =>
  value === undefined ? "" : canonicalText(value, MAX_ARGUMENTS);

/** Said about the way of one request, not about what is asked. */
const WAY: ReadonlySet<string> = new Set([META.progressToken, META.cache, "traceparent", "tracestate", "baggage"]);

// Other keys of `_meta` reach the server, and it may heed them.
function foreignMeta(params: JsonObject): string | undefined {
  const meta = metaOf(params);
  if (meta === undefined) return "{}";
  let foreign: JsonObject | undefined;
  for (const key in meta) {
    if (key.startsWith(ENVELOPE_PREFIX) || WAY.has(key)) continue;
    // Without a prototype every key is a plain one, `__proto__` too.
    foreign ??= Object.create(null) as JsonObject;
    foreign[key] = meta[key];
  }
  return foreign === undefined ? "{}" : canonicalText(foreign, MAX_ARGUMENTS);
}

/** Equal for values that say the same. */
export const fingerprint = (value: unknown): string => hash("sha256", canonicalJson(value), "base64url");
