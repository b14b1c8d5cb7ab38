// Which views and frames do the dashboard's tests start from? Complete ones, changed only where a test says so.
import type { CacheAnswer, CacheCounts } from "../../src/contract/cache.ts";
import type { CallRecord } from "../../src/contract/call.ts";
import type { Frame, SystemMetrics } from "../../src/contract/event.ts";
import type { Figure, ServerTimeline, Span } from "../../src/contract/timeline.ts";
import type { ServerView } from "../../src/contract/upstream.ts";

export const serverView = (name: string, changes: Partial<ServerView> = {}): ServerView => ({
  name,
  origin: "file",
  type: "stdio",
  description: "",
  enabled: true,
  trusted: false,
  status: "up",
  statusReason: null,
  link: "connected",
  health: "healthy",
  circuitState: "closed",
  retryAfterMs: null,
  circuitReason: null,
  circuitRetryAt: null,
  autoDisabledAt: null,
  enabledOverride: null,
  chaos: null,
  load: { inFlight: 0, queued: 0 },
  consecutiveFailures: 0,
  failureCycles: 0,
  lastProbeAt: null,
  lastRecoveryAt: null,
  lastFailure: null,
  nextAttemptAt: null,
  attempt: 0,
  downtimeMs: 0,
  tools: 2,
  prompts: 0,
  resources: 0,
  latency: null,
  cache: { hits: 0, misses: 0, hitRate: 0 },
  era: null,
  protocolVersion: null,
  serverInfo: null,
  pid: null,
  ...changes,
});

export const systemMetrics = (changes: Partial<SystemMetrics> = {}): SystemMetrics => ({
  calls: 1,
  faults: 0,
  sessions: 0,
  sockets: 1,
  uptimeMs: 1000,
  rssBytes: 1,
  heapUsedBytes: 1,
  loopLagMs: 0,
  children: 1,
  latency: null,
  ...changes,
});

export const figure = (changes: Partial<Figure>): Figure => ({
  at: 10_000,
  calls: 0,
  faults: 0,
  hits: 0,
  savedMs: 0,
  p95Ms: null,
  sessions: 0,
  sockets: 1,
  rssBytes: 1,
  loopLagMs: 0,
  ...changes,
});

/** Spans that follow each other; the last one lasts. */
export const spansOf = (
  ...told: readonly (readonly [from: number, status: Span["status"], reason?: string])[]
): Span[] =>
  told.map(([from, status, reason], index) => ({
    from,
    to: told[index + 1]?.[0] ?? null,
    status,
    reason: reason ?? null,
  }));

export const serverTimeline = (changes: Partial<ServerTimeline> = {}): ServerTimeline => ({
  server: "a",
  spans: [],
  incidents: [],
  downMs: 0,
  meanRecoveryMs: null,
  ...changes,
});

export const snapshotFrame = (servers: ServerView[], seq = 10, epoch = "e1"): Frame => ({
  type: "initial_status",
  ts: 5000,
  seq,
  epoch,
  data: { ready: true, servers, metrics: systemMetrics() },
});

export const statusFrame = (view: ServerView, seq: number, prev = seq - 1): Frame => ({
  type: "mcp_status_change",
  ts: 6000,
  seq,
  prev,
  epoch: "e1",
  data: {
    name: view.name,
    old_status: "up",
    new_status: view.status,
    reason: "why",
    severity: "warning",
    server: view,
  },
});

export const cacheCounts = (changes: Partial<CacheCounts>): CacheCounts => ({
  calls: 0,
  hits: 0,
  stale: 0,
  coalesced: 0,
  upstream: 0,
  faults: 0,
  misses: 0,
  shadowed: 0,
  bypassed: {},
  refused: {},
  refreshes: 0,
  evictions: 0,
  expirations: 0,
  invalidations: 0,
  entries: 0,
  bytes: 0,
  savedMs: 0,
  hitRate: 0,
  ...changes,
});

export const cacheAnswer = (changes: Partial<CacheAnswer>): CacheAnswer => ({
  ...cacheCounts({}),
  size: 0,
  maxEntries: 1000,
  maxBytes: 67_108_864,
  maxEntryBytes: 1_048_576,
  servers: [],
  tools: [],
  advice: [],
  ...changes,
});

export const callRecord = (changes: Partial<CallRecord> = {}): CallRecord => ({
  id: "c_1",
  at: 5000,
  kind: "tool",
  server: "files",
  name: "read",
  principal: "local",
  era: "legacy",
  outcome: "ok",
  faultCode: null,
  disposition: "bypass",
  cacheReason: null,
  ageMs: null,
  durationMs: 5,
  queuedMs: 0,
  backoffMs: 0,
  upstreamMs: 4,
  breaker: "closed",
  attempts: 1,
  resultBytes: 10,
  ...changes,
});
