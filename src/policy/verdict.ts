// What does the end of an attempt say about the server? One table: what counts for the run of failures, what for the rate
// alone, and what for nothing because it is not the server's doing.
import type { Fault, FaultCode } from "#contract/fault.ts";
import type { Verdict } from "./breaker-state.ts";

/**
 * An own stall longer than this, that a limit ran out in, excuses it: the answer may have been waiting to be read. In milliseconds.
 * A stall earlier in the wait excuses nothing, because what came meanwhile was read when it was over.
 */
export const STALL_EXCUSES_MS = 100;
/** How long before a limit's end such a stall may have ended, in milliseconds. */
export const STALL_RECENT_MS = 100;

const ON_FAULT: Readonly<Record<FaultCode, Verdict>> = {
  // The server or the way to it failed.
  UPSTREAM_UNAVAILABLE: "fail",
  UPSTREAM_TIMEOUT: "fail",
  OUTCOME_UNKNOWN: "fail",
  UPSTREAM_PROTOCOL: "fail",
  // A person must act; a state of its own, not an outage.
  UPSTREAM_AUTH: "none",
  // Ours, or the caller's: says nothing about the server.
  CANCELLED: "none",
  DEADLINE_EXCEEDED: "none",
  OVERLOADED: "none",
  BREAKER_OPEN: "none",
  SESSION_NOT_FOUND: "none",
  SESSION_REQUIRED: "none",
  TOOL_NOT_FOUND: "none",
  SERVER_NOT_FOUND: "none",
  CALL_NOT_FOUND: "none",
  KEY_NOT_FOUND: "none",
  UNAUTHENTICATED: "none",
  FORBIDDEN: "none",
  ORIGIN_REJECTED: "none",
  HOST_REJECTED: "none",
  RATE_LIMITED: "none",
  CONFIG_INVALID: "none",
  CONFIG_CONFLICT: "none",
  PARSE_ERROR: "none",
  INVALID_REQUEST: "none",
  INVALID_PARAMS: "none",
  METHOD_NOT_FOUND: "none",
  HEADER_MISMATCH: "none",
  VERSION_UNSUPPORTED: "none",
  BODY_TOO_LARGE: "none",
  DRAINING: "none",
  STORE_UNAVAILABLE: "none",
  PORT_IN_USE: "none",
  DATA_DIR_IN_USE: "none",
  USAGE: "none",
  INTERNAL: "none",
};

const TOO_MANY_REQUESTS = 429;

/** `stalledMs`: how long this process itself could not keep time when the attempt ended. */
export function verdictOnFault({ code, circumstance = {} }: Fault, stalledMs: number): Verdict {
  const { ours, linkLost, noLink, status = 0 } = circumstance;
  // A lost link is one failure, however many calls it carried; the supervisor counts it.
  if (ours === true || linkLost === true || noLink === true) return "none";
  if (status === TOO_MANY_REQUESTS) return "soft";
  if (status >= 400 && status < 500) return "none";
  if (code === "UPSTREAM_TIMEOUT" && stalledMs > STALL_EXCUSES_MS) return "none";
  return ON_FAULT[code];
}

const INTERNAL_ERROR = -32_603;

/** The server speaks another protocol revision now than the link was made for. */
export const VERSION_UNSUPPORTED = -32_022;

/**
 * A result, one with `isError` too, shows that the server works; of JSON-RPC errors "internal error" says that it does not,
 * and an unsupported version that the link is no longer the right one.
 */
export function verdictOnReply(errorCode: number | null): Verdict {
  if (errorCode === VERSION_UNSUPPORTED) return "none";
  return errorCode === INTERNAL_ERROR ? "fail" : "pass";
}
