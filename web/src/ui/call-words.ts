// What happened to a call, in words? Only what its record says; the sentences are those of `omni2 explain`. Pure.
import type { CacheReason } from "../../../src/contract/cache.ts";
import type { CallOutcome, CallRecord, Disposition } from "../../../src/contract/call.ts";
import type { FaultCode } from "../../../src/contract/fault.ts";
import type { CircuitState, Status } from "../../../src/contract/upstream.ts";
import { bytes, duration, words } from "./format.ts";

interface Look {
  readonly word: string;
  /** Whose mark and colour stand beside the word. */
  readonly status: Status;
}

export const OUTCOMES: Readonly<Record<CallOutcome, Look>> = {
  ok: { word: "Answered", status: "up" },
  tool_error: { word: "Tool error", status: "degraded" },
  fault: { word: "Fault", status: "down" },
};

/** What the cache did, for a column. */
export const DISPOSITIONS: Readonly<Record<Disposition, string>> = {
  hit: "Hit",
  stale: "Stale",
  coalesced: "Joined",
  miss: "Miss",
  shadow: "Watched",
  bypass: "Passed by",
};

/** Those that a call can meet. */
const FAULTS: Partial<Readonly<Record<FaultCode | "UPSTREAM_ERROR", string>>> = {
  UPSTREAM_ERROR: "The server answered with a JSON-RPC error.",
  TOOL_NOT_FOUND: "No tool, prompt or resource of that name is served here. List them again.",
  SERVER_NOT_FOUND: "No server of that name is configured.",
  UPSTREAM_UNAVAILABLE: "The server is not reachable now; it is being brought back.",
  BREAKER_OPEN: "The server failed repeatedly; calls are refused until it recovers.",
  OVERLOADED: "Too many calls wait for this server, or the gateway itself is short of time, memory or files.",
  UPSTREAM_TIMEOUT: "The server did not answer within the time allowed.",
  DEADLINE_EXCEEDED: "The call's whole time budget was spent.",
  OUTCOME_UNKNOWN: "The call was sent and its answer was lost; it may have taken effect.",
  UPSTREAM_PROTOCOL: "The server answered something that is not valid MCP.",
  UPSTREAM_AUTH: "The server refuses the gateway's credentials; a person must renew them.",
  RATE_LIMITED: "Too many requests from this caller.",
  CANCELLED: "The caller cancelled the request.",
  PARSE_ERROR: "The body is not valid JSON.",
  INVALID_REQUEST: "The message is not a valid request (its id, its depth or its shape).",
  INVALID_PARAMS: "The request's parameters are not valid.",
  METHOD_NOT_FOUND: "The method is not served here.",
  HEADER_MISMATCH: "An MCP header is missing or disagrees with the body.",
  VERSION_UNSUPPORTED: "The protocol version is not served here.",
  INTERNAL: "A bug in the gateway. The answer carries the request id to look for in the log.",
};

/** Completes "because". */
const REASONS: Readonly<Record<CacheReason, string>> = {
  mode_off: "the server's cache mode is off.",
  rule_off: 'a rule in the server\'s cache.tools says "off" for this tool.',
  shadow_mode: "the server's cache mode is shadow: repeats are counted and compared, nothing is served.",
  untrusted: "the server is not trusted, so what its tools say about themselves does not count.",
  not_read_only: "the tool does not say that it only reads. If you know that it does, name it in cache.tools.",
  open_world:
    "the tool says that it asks an open world, such as the web, which changes by itself. Name it in cache.tools if old answers do no harm.",
  no_ttl: "the rule for it allows no time at all.",
  asked: "the caller asked for a fresh answer (bypass or refresh).",
  kind: "prompts and completions are never kept.",
  continuation: "it continued an earlier call, and such an answer fits only once.",
  parameters: "it carried parameters that the gateway does not know, and the answer may depend on them.",
  arguments_too_large: "its arguments are longer than 64 KiB.",
};

const BREAKERS: Readonly<Record<CircuitState, string>> = {
  closed: "Closed, so calls pass.",
  open: "Open: the server had failed repeatedly, so nothing is sent to it for a while.",
  half_open: "Half open: single trials decide whether the server is back.",
  isolated: "Isolated by a person: nothing is sent to the server until it is released.",
};

/** By which way a call came. */
export const ERAS: Readonly<Record<CallRecord["era"], string>> = {
  legacy: "over MCP with a session",
  modern: "over MCP without a session",
  rest: "over REST",
};

/** What came of it; for a fault, what its code means. */
export function outcomeSentence({ outcome, faultCode, resultBytes }: CallRecord): string {
  const size = words(bytes(resultBytes));
  if (outcome === "ok") return `A result of ${size}.`;
  if (outcome === "tool_error") return `The tool reported an error, in ${size}.`;
  return FAULTS[(faultCode ?? "INTERNAL") as FaultCode] ?? "This page does not know what that code means.";
}

/** Why the cache did not answer, as the end of a sentence. */
export const because = (reason: CacheReason | null): string =>
  reason === null ? "." : `, because ${REASONS[reason] ?? `${reason}.`}`;

/** What the cache did, why, and how old its answer was. */
export function cacheSentence({ disposition, cacheReason, ageMs, breaker }: CallRecord): string {
  const kept = ageMs === null ? "what was kept" : `what was kept ${words(duration(ageMs))} before`;
  switch (disposition) {
    case "hit":
      return `Hit: answered with ${kept}; the server was not asked.`;
    case "stale":
      return breaker === null
        ? `Stale: answered with ${kept}, past its time, as its rule allows.`
        : `Stale: the server could not answer, so ${kept} was given, as its rule allows.`;
    case "coalesced":
      return "Joined: answered together with an equal call that was being asked already.";
    case "miss":
      return "Miss: nothing usable was kept, so the server was asked.";
    case "shadow":
      return `Only watched${because(cacheReason)}`;
    case "bypass":
      return cacheReason === null ? "The call did not get so far." : `Passed by${because(cacheReason)}`;
  }
}

export const breakerSentence = ({ breaker }: CallRecord): string =>
  breaker === null ? "Not asked." : BREAKERS[breaker];

export function attemptsSentence({ attempts }: CallRecord): string {
  if (attempts === 0) return "None: nothing was sent to the server.";
  return attempts === 1 ? "One." : `${attempts}: ${attempts - 1} more than the first.`;
}

/** The cache's column: empty where the call did not get so far. */
export const dispositionWord = ({ disposition, cacheReason }: CallRecord): string =>
  disposition === "bypass" && cacheReason === null ? "" : DISPOSITIONS[disposition];
