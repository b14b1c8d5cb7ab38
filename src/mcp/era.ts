// Which era does a downstream POST speak, and do its headers agree with its body?
// The ladder follows the 2026-07-28 revision: version agreement, envelope, version served, then Mcp-Method and Mcp-Name.
import { Fault } from "#contract/fault.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { metaOf } from "./envelope.ts";
import { decodeHeaderValue, trimOws } from "./header-value.ts";
import { isLogLevel, LEGACY_VERSIONS, type LogLevel, META, MODERN_VERSION, MODERN_VERSIONS } from "./protocol.ts";

/** The request headers that carry protocol meaning, as received. */
export interface McpHeaders {
  readonly protocolVersion: string | undefined;
  readonly method: string | undefined;
  readonly name: string | undefined;
}

export interface ModernRequest {
  readonly era: "modern";
  readonly logLevel: LogLevel | undefined;
}
export type Classified =
  | { readonly era: "legacy" }
  | ModernRequest
  | { readonly era: "refused"; readonly fault: Fault };

const LEGACY: Classified = { era: "legacy" };
const refuse = (fault: Fault): Classified => ({ era: "refused", fault });
const mismatch = (what: string): Classified => refuse(new Fault("HEADER_MISMATCH", `Bad request: ${what}.`));

/** Revisions are dates, so later ones sort after. */
const isModernDate = (version: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= MODERN_VERSION;

export interface Asking {
  readonly method: string;
  readonly params: JsonObject;
}

export function classify({ method, params }: Asking, headers: McpHeaders): Classified {
  const meta = metaOf(params);
  const claims = meta !== undefined && Object.hasOwn(meta, META.protocolVersion);
  const headerVersion = headers.protocolVersion === undefined ? undefined : trimOws(headers.protocolVersion);
  // The legacy handshake by definition: which version both speak is what it finds out.
  if (method === "initialize" && !(claims && isModernEnvelope(meta))) {
    if (headerVersion === undefined || !isModernDate(headerVersion)) return LEGACY;
    return mismatch(`initialize belongs to older revisions, but the MCP-Protocol-Version header says ${headerVersion}`);
  }
  if (!claims) return withoutEnvelope(headerVersion);
  const claimed = meta[META.protocolVersion];
  if (typeof claimed !== "string") return badEnvelope(META.protocolVersion, "expected a protocol version string");
  if (headerVersion === undefined) return mismatch("the MCP-Protocol-Version header is missing");
  if (headerVersion !== claimed) {
    return mismatch(`the MCP-Protocol-Version header says ${headerVersion} but the body says ${claimed}`);
  }
  if (!MODERN_VERSIONS.includes(claimed)) return unsupported(claimed);
  return envelopeFault(meta) ?? { era: "modern", logLevel: levelOf(meta) };
}

function withoutEnvelope(headerVersion: string | undefined): Classified {
  if (headerVersion === undefined || LEGACY_VERSIONS.includes(headerVersion)) return LEGACY;
  if (isModernDate(headerVersion)) {
    return refuse(
      new Fault(
        "INVALID_PARAMS",
        `The MCP-Protocol-Version header names ${headerVersion}, whose requests need an envelope in params._meta (${META.protocolVersion}, ${META.clientCapabilities}).`,
      ),
    );
  }
  return refuse(
    new Fault(
      "INVALID_REQUEST",
      `Protocol version ${headerVersion} is not served. Supported: ${[...MODERN_VERSIONS, ...LEGACY_VERSIONS].join(", ")}.`,
    ),
  );
}

function isModernEnvelope(meta: JsonObject): boolean {
  const claimed = meta[META.protocolVersion];
  return typeof claimed === "string" && isModernDate(claimed) && envelopeFault(meta) === undefined;
}

const unsupported = (requested: string): Classified =>
  refuse(
    new Fault("VERSION_UNSUPPORTED", `Protocol version ${requested} is not served.`, {
      data: { supported: [...MODERN_VERSIONS, ...LEGACY_VERSIONS], requested },
    }),
  );

const badEnvelope = (key: string, problem: string): Classified =>
  refuse(new Fault("INVALID_PARAMS", `Invalid envelope in params._meta: ${key}: ${problem}.`));

function envelopeFault(meta: JsonObject): Classified | undefined {
  const capabilities = meta[META.clientCapabilities];
  if (capabilities === undefined) return badEnvelope(META.clientCapabilities, "is required");
  if (!isObject(capabilities)) return badEnvelope(META.clientCapabilities, "expected an object");
  const info = meta[META.clientInfo];
  if (info !== undefined && !isObject(info)) return badEnvelope(META.clientInfo, "expected an object");
  const level = meta[META.logLevel];
  if (level !== undefined && !isLogLevel(level)) return badEnvelope(META.logLevel, "expected a log level");
  return undefined;
}

const levelOf = (meta: JsonObject): LogLevel | undefined => {
  const level = meta[META.logLevel];
  return isLogLevel(level) ? level : undefined;
};

/** Which parameter Mcp-Name repeats, per method; other methods carry no name. */
const NAME_SOURCE: ReadonlyMap<string, "name" | "uri"> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);

export const nameSource = (method: string, params: JsonObject): string | undefined => {
  const field = NAME_SOURCE.get(method);
  const value = field === undefined ? undefined : params[field];
  return typeof value === "string" ? value : undefined;
};

/** The fault when Mcp-Method or Mcp-Name is missing or disagrees with the body of a modern request. */
export function headerFault(method: string, params: JsonObject, headers: McpHeaders): Fault | undefined {
  const disagree = (what: string): Fault => new Fault("HEADER_MISMATCH", `Bad request: ${what}.`);
  if (headers.method === undefined) return disagree("the Mcp-Method header is missing");
  if (trimOws(headers.method) !== method) return disagree(`the Mcp-Method header does not say ${method}`);
  const name = nameSource(method, params);
  if (headers.name === undefined) return name === undefined ? undefined : disagree("the Mcp-Name header is missing");
  const decoded = decodeHeaderValue(trimOws(headers.name));
  if (decoded === undefined) return disagree("the Mcp-Name header is not validly encoded");
  return name !== undefined && decoded !== name ? disagree("the Mcp-Name header and the body disagree") : undefined;
}
