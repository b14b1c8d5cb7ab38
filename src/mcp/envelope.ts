// What travels beside a request's own parameters? Reading the modern envelope, and writing the one for the next hop.

import type { Era } from "#contract/upstream.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { ENVELOPE_PREFIX, type Implementation, META, MODERN_VERSION, type ProgressToken } from "./protocol.ts";

export const metaOf = (params: JsonObject): JsonObject | undefined => {
  const meta = params._meta;
  return isObject(meta) ? meta : undefined;
};

/** The token a caller wants progress reported under, if it gave one. */
export function progressTokenOf(params: JsonObject): ProgressToken | undefined {
  const token = metaOf(params)?.[META.progressToken];
  return typeof token === "string" || typeof token === "number" ? token : undefined;
}

export interface NextHop {
  readonly era: Era;
  /** Our progress token on that hop; undefined when nobody asked for progress. */
  readonly progressToken: string | undefined;
  readonly clientInfo: Implementation;
  /** Modern hops only: the level of log messages that the caller asked for. */
  readonly logLevel?: string | undefined;
}

/**
 * The same parameters for the next hop: the caller's envelope is taken off, the hop's own put on.
 * Tracing keys and foreign keys pass. No client capability is declared: servers must not ask back.
 */
export function paramsForHop(params: JsonObject, hop: NextHop): JsonObject {
  const meta = metaOf(params);
  if (meta === undefined && hop.era === "legacy" && hop.progressToken === undefined) return params;
  const next: JsonObject = {};
  for (const key in meta) {
    if (!key.startsWith(ENVELOPE_PREFIX) && key !== META.progressToken) next[key] = meta[key];
  }
  if (hop.progressToken !== undefined) next[META.progressToken] = hop.progressToken;
  if (hop.era === "modern") {
    next[META.protocolVersion] = MODERN_VERSION;
    next[META.clientCapabilities] = {};
    next[META.clientInfo] = hop.clientInfo;
    if (hop.logLevel !== undefined) next[META.logLevel] = hop.logLevel;
  }
  if (Object.keys(next).length === 0) {
    const { _meta, ...rest } = params;
    return rest;
  }
  return { ...params, _meta: next };
}
