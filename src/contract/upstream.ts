// What is an upstream, as configured and as shown? Definitions come from files and REST; views go to people.
import * as z from "zod";
import type { CacheSettings } from "./cache.ts";

/** Letters, digits, `.`, `-` and single `_`, at most 40 characters; `__` separates server and tool in names. */
export const serverNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9.-]+(?:_[A-Za-z0-9.-]+)*$/, "use letters, digits, '.', '-' and single '_'")
  .max(40)
  .describe("Name of the server: letters, digits, '.', '-' and single '_', at most 40 characters.");

export const TRANSPORT_KINDS = ["stdio", "http", "sse"] as const;
export type TransportKind = (typeof TRANSPORT_KINDS)[number];

/** How to reach an upstream, with every variable already expanded. Holds secrets: never log it, never send it. */
export type TransportDefinition =
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      /** Absolute. */
      readonly cwd: string;
    }
  | {
      readonly kind: "http";
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Try legacy SSE when the URL does not speak Streamable HTTP (type was not stated). */
      readonly sseFallback: boolean;
    }
  | { readonly kind: "sse"; readonly url: string; readonly headers: Readonly<Record<string, string>> };

export type Origin = "file" | "api";

/** How an upstream is watched and brought back. Milliseconds. */
export interface HealthSettings {
  /** Between active probes of a used server, 1000-3600000. Default 10000; classic 30000. */
  readonly intervalMs: number;
  /** Allowed for the answer to a probe. Default 2000 over stdio, 5000 else. */
  readonly timeoutMs: number;
  /** Allowed from the start to the end of the handshake. Default 30000 over stdio, 10000 else. */
  readonly startTimeoutMs: number;
  /** First wait of a reconnect; it doubles with every failure. Default 200; classic 30000. */
  readonly reconnectMs: number;
  /** Longest wait of a reconnect. Default 60000; classic 600000. */
  readonly maxReconnectMs: number;
}

/** When calls to an upstream are refused, and when they are tried again. */
export interface BreakerSettings {
  /** Consecutive failures that open it. Default 5. */
  readonly failures: number;
  /** Share of failed calls in the window that opens it, 0-1; above 1 this rule is off. Default 0.5; classic off. */
  readonly failureRatio: number;
  /** Share of slow calls in the window that opens it, 0-1; above 1 this rule is off. Default 0.8; classic off. */
  readonly slowRatio: number;
  /** First open time; it doubles with every failed cycle. Default 5000; classic 60000. */
  readonly openMs: number;
  /** Longest open time. Default 300000; classic 60000, so that it does not grow. */
  readonly maxOpenMs: number;
  /** Share of the open time that chance may take away, 0-1. Default 0.5; classic 0. */
  readonly jitter: number;
  /** Trials at one time while half-open. Default 1; classic 3. */
  readonly trials: number;
  /** Successful trials that close it. Default 2; classic 1. */
  readonly successes: number;
  /** Failed cycles in a row after which the server is disabled; 0 never. Default 0; classic 3. */
  readonly autoDisableAfterCycles: number;
}

/** How much is asked of an upstream at once. */
export interface LimitSettings {
  /** Calls running at a time. Default 128 over HTTP, 32 over stdio. */
  readonly inFlight: number;
  /** Of these, one principal's. Default 64 over HTTP, 24 over stdio. */
  readonly perPrincipal: number;
  /** Calls that may wait for a place. Default 128. */
  readonly queue: number;
  /** How long they may wait, in milliseconds. Default 3000. */
  readonly queueMs: number;
}

/** One upstream as the coordinator wants it: the unit of reconciliation. Two equal definitions are the same upstream. */
export interface UpstreamDefinition {
  readonly name: string;
  readonly origin: Origin;
  readonly enabled: boolean;
  readonly description: string;
  readonly trusted: boolean;
  /** Milliseconds allowed for one call, 1-600000. Default 60000. */
  readonly timeoutMs: number;
  readonly health: HealthSettings;
  readonly breaker: BreakerSettings;
  readonly limits: LimitSettings;
  readonly cache: CacheSettings;
  /** How long it may be down before its tools leave the lists, milliseconds; 0 never. */
  readonly hideAfterMs: number;
  /** Glob patterns (`*` only) over the server's own tool names; deny wins. */
  readonly tools: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  readonly transport: TransportDefinition;
}

export const STATUSES = ["up", "degraded", "recovering", "down", "paused", "unknown"] as const;
export type Status = (typeof STATUSES)[number];
export const LINKS = ["idle", "connecting", "connected", "closed"] as const;
export type Link = (typeof LINKS)[number];
export const HEALTHS = ["unknown", "healthy", "degraded", "unhealthy"] as const;
export type Health = (typeof HEALTHS)[number];
export const CIRCUIT_STATES = ["closed", "open", "half_open", "isolated"] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];
export const ERAS = ["legacy", "modern"] as const;
/** Protocol generation: `legacy` up to 2025-11-25 (initialize, sessions), `modern` from 2026-07-28 (stateless). */
export type Era = (typeof ERAS)[number];

const epochMs = z.number().int().describe("Milliseconds since 1970.");

export const lastFailureSchema = z.object({
  stage: z.enum(["start", "connect", "probe", "call", "list"]),
  message: z.string(),
  at: epochMs,
});
export type LastFailure = z.infer<typeof lastFailureSchema>;

/** What a person can have injected into one server's calls, for drills. */
export const CHAOS_KINDS = ["latency", "error", "hang", "reset"] as const;
export type ChaosKind = (typeof CHAOS_KINDS)[number];

/** One server as `GET /api/servers` and the live frames show it. Never holds a secret, an argument or an environment value. */
export const serverViewSchema = z.object({
  name: z.string(),
  origin: z.enum(["file", "api"]),
  type: z.enum(TRANSPORT_KINDS),
  description: z.string(),
  enabled: z.boolean(),
  trusted: z.boolean(),
  status: z.enum(STATUSES),
  statusReason: z.string().nullable(),
  link: z.enum(LINKS),
  health: z.enum(HEALTHS),
  circuitState: z.enum(CIRCUIT_STATES),
  retryAfterMs: z.number().nullable(),
  circuitReason: z.string().nullable().describe("Why the breaker is not closed, in words; null while it is."),
  circuitRetryAt: epochMs.nullable().describe("When an open breaker lets a trial through; null in every other state."),
  consecutiveFailures: z.number().int(),
  failureCycles: z.number().int().describe("How often in a row the breaker opened without a healthy time between."),
  autoDisabledAt: epochMs.nullable(),
  enabledOverride: z
    .boolean()
    .nullable()
    .describe("What a person or the gateway decided against the configuration; null where nothing was decided."),
  chaos: z.object({ kind: z.enum(CHAOS_KINDS), ratio: z.number(), until: epochMs }).nullable(),
  load: z.object({ inFlight: z.number().int(), queued: z.number().int() }),
  lastProbeAt: epochMs.nullable(),
  lastRecoveryAt: epochMs.nullable(),
  lastFailure: lastFailureSchema.nullable(),
  nextAttemptAt: epochMs.nullable(),
  attempt: z.number().int().describe("Reconnect attempts since the link was lost; 0 while connected."),
  downtimeMs: z.number().int().describe("Milliseconds without a usable link since this gateway started."),
  tools: z.number().int(),
  prompts: z.number().int(),
  resources: z.number().int(),
  latency: z
    .object({ p50: z.number(), p95: z.number(), p99: z.number() })
    .nullable()
    .describe("Milliseconds over the recent calls; null when there were none."),
  cache: z
    .object({ hits: z.number().int(), misses: z.number().int(), hitRate: z.number() })
    .describe("`hits`: answered without the server; `hitRate`: 0 to 1 of these and the misses."),
  era: z.enum(ERAS).nullable(),
  protocolVersion: z.string().nullable(),
  serverInfo: z.object({ name: z.string(), version: z.string() }).nullable(),
  pid: z.number().int().nullable(),
});
export type ServerView = z.infer<typeof serverViewSchema>;
