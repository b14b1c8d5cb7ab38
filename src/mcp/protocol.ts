// Which words of the Model Context Protocol do we use on the wire? Names only, no behaviour.

/** The modern era's revision: stateless, one envelope per request. */
export const MODERN_VERSION = "2026-07-28";
export const MODERN_VERSIONS: readonly string[] = [MODERN_VERSION];
/** Legacy revisions (initialize, sessions), newest first. */
export const LEGACY_VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
export const LATEST_LEGACY_VERSION = "2025-11-25";

export const META = {
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  logLevel: "io.modelcontextprotocol/logLevel",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  progressToken: "progressToken",
  /** Ours: the id of the call that produced a result. */
  call: "omni2/call",
  /** Ours: what the cache did for a result; in a request, what it should do. */
  cache: "omni2/cache",
  /** Ours: the fault behind an `isError` result. */
  fault: "omni2/fault",
} as const;

/** Keys under this prefix describe one hop and are never forwarded to the other era. */
export const ENVELOPE_PREFIX = "io.modelcontextprotocol/";

export const LOG_LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const isLogLevel = (value: unknown): value is LogLevel => LOG_LEVELS.includes(value as LogLevel);

export type RequestId = string | number;
export type ProgressToken = string | number;

export interface Implementation {
  readonly name: string;
  readonly version: string;
}
