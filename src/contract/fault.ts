// Which expected errors exist, and how does each one look on every wire? One table, one class.
// The REST edge, the MCP edge, the command line's exit code and docs/faults.md all read this file.

/** Who can act on a fault: the MCP host program, the model that reads results, a person, or nobody. */
export type FaultAudience = "host" | "model" | "person" | "nobody";

export interface FaultRow {
  /** HTTP status on REST, and on MCP where the protocol asks for one. 0: never leaves the process as HTTP. */
  readonly http: number;
  /** JSON-RPC error code, or null when the fault is answered by HTTP status alone. */
  readonly rpc: number | null;
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean;
  readonly audience: FaultAudience;
  /** Exit code when it ends a command: 1 fault, 2 usage, 3 port or data directory in use, 4 configuration invalid. */
  readonly exit: 1 | 2 | 3 | 4;
  /** One sentence for docs/faults.md: what happened and what to do. */
  readonly text: string;
}

const row = (
  http: number,
  rpc: number | null,
  audience: FaultAudience,
  text: string,
  more: { retryable?: boolean; exit?: 1 | 2 | 3 | 4 } = {},
): FaultRow => ({ http, rpc, retryable: more.retryable ?? false, audience, exit: more.exit ?? 1, text });

export const FAULTS = {
  TOOL_NOT_FOUND: row(404, -32602, "host", "No tool, prompt or resource of that name is served here. List them again."),
  SERVER_NOT_FOUND: row(404, -32602, "host", "No server of that name is configured."),
  CALL_NOT_FOUND: row(404, null, "person", "Nothing is known of such a call; records are kept for a time only."),
  KEY_NOT_FOUND: row(404, null, "person", "No key of that id is valid; list them again."),
  UNAUTHENTICATED: row(401, null, "host", "A credential is needed and was missing or wrong."),
  FORBIDDEN: row(403, null, "host", "The credential does not allow this."),
  ORIGIN_REJECTED: row(403, null, "host", "The Origin header names a site that may not call this gateway."),
  HOST_REJECTED: row(403, null, "host", "The Host header names a host that this gateway does not answer for."),
  SESSION_REQUIRED: row(400, null, "host", "The request needs an Mcp-Session-Id header. Initialize first."),
  SESSION_NOT_FOUND: row(404, null, "host", "The session is unknown or has ended. Initialize again."),
  UPSTREAM_UNAVAILABLE: row(503, -32603, "model", "The server is not reachable now; it is being brought back.", {
    retryable: true,
  }),
  BREAKER_OPEN: row(503, -32603, "model", "The server failed repeatedly; calls are refused until it recovers.", {
    retryable: true,
  }),
  OVERLOADED: row(
    503,
    -32603,
    "model",
    "Too many calls wait for this server, or the gateway itself is short of time, memory or files.",
    { retryable: true },
  ),
  UPSTREAM_TIMEOUT: row(504, -32603, "model", "The server did not answer within the time allowed.", {
    retryable: true,
  }),
  DEADLINE_EXCEEDED: row(504, -32603, "model", "The call's whole time budget was spent."),
  OUTCOME_UNKNOWN: row(502, -32603, "model", "The call was sent and its answer was lost; it may have taken effect."),
  UPSTREAM_PROTOCOL: row(502, -32603, "host", "The server answered something that is not valid MCP."),
  UPSTREAM_AUTH: row(502, -32603, "model", "The server refuses the gateway's credentials; a person must renew them."),
  RATE_LIMITED: row(429, -32603, "host", "Too many requests from this caller.", { retryable: true }),
  CANCELLED: row(499, null, "nobody", "The caller cancelled the request."),
  CONFIG_INVALID: row(422, null, "person", "The configuration is not valid; nothing was changed.", { exit: 4 }),
  CONFIG_CONFLICT: row(
    412,
    null,
    "person",
    "The configuration changed meanwhile, or the name is taken. Read it again.",
  ),
  PARSE_ERROR: row(400, -32700, "host", "The body is not valid JSON."),
  INVALID_REQUEST: row(400, -32600, "host", "The message is not a valid request (its id, its depth or its shape)."),
  INVALID_PARAMS: row(400, -32602, "host", "The request's parameters are not valid."),
  METHOD_NOT_FOUND: row(404, -32601, "host", "The method is not served here."),
  HEADER_MISMATCH: row(400, -32020, "host", "An MCP header is missing or disagrees with the body."),
  VERSION_UNSUPPORTED: row(400, -32022, "host", "The protocol version is not served here."),
  BODY_TOO_LARGE: row(413, null, "host", "The request body is larger than this gateway accepts."),
  DRAINING: row(503, null, "host", "The gateway is stopping and accepts nothing new.", { retryable: true }),
  STORE_UNAVAILABLE: row(503, null, "host", "The database is not ready; what needs it must wait.", { retryable: true }),
  PORT_IN_USE: row(0, null, "person", "Another process listens on this port. Stop it or choose another port.", {
    exit: 3,
  }),
  DATA_DIR_IN_USE: row(0, null, "person", "Another gateway holds this data directory. Stop it or choose another.", {
    exit: 3,
  }),
  USAGE: row(0, null, "person", "The command line is not valid.", { exit: 2 }),
  INTERNAL: row(500, -32603, "host", "A bug in the gateway. The answer carries the request id to look for in the log."),
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof FAULTS;

export interface FaultDetails {
  /** The upstream it is about. */
  readonly server?: string;
  /** Milliseconds until a new try can succeed. */
  readonly retryAfterMs?: number;
  /** Extra JSON-RPC `error.data`, already free of secrets. */
  readonly data?: unknown;
  readonly circumstance?: Circumstance;
  readonly cause?: unknown;
}

/** What retry and breaker must know beside the code; never told to a caller. */
export interface Circumstance {
  /** The server had the request in hand: it may have taken effect. */
  readonly sent?: boolean;
  /** The whole link ended, with every call on it: one failure, not one per call. */
  readonly linkLost?: boolean;
  /** There is no link: nothing was sent, and its supervisor goes on trying by itself. */
  readonly noLink?: boolean;
  /** HTTP status that the server answered. */
  readonly status?: number;
  /** This process ran short of something (files, memory, time): the server is not to blame. */
  readonly ours?: boolean;
}

/** An error of ours that was expected. Its message says what happened, to which server, and what happens next. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly server: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly data: unknown;
  readonly circumstance: Circumstance | undefined;

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.server = details.server;
    this.retryAfterMs = details.retryAfterMs;
    this.data = details.data;
    this.circumstance = details.circumstance;
  }

  get row(): FaultRow {
    return FAULTS[this.code];
  }
}

export const isFault = (error: unknown, code?: FaultCode): error is Fault =>
  error instanceof Fault && (code === undefined || error.code === code);

/** Any thrown value as a fault; what is not one of ours becomes INTERNAL with the original as its cause. */
export const toFault = (error: unknown): Fault =>
  error instanceof Fault ? error : new Fault("INTERNAL", "The gateway met a bug while answering.", { cause: error });
