// What do tests on the people's side show of the cache? One report and one record of a call.
import { CACHE_LIMITS, type CacheAnswer, type CacheCounts } from "./cache.ts";
import type { CallRecord } from "./call.ts";

const COUNTS: CacheCounts = {
  calls: 6,
  hits: 3,
  stale: 0,
  coalesced: 1,
  upstream: 2,
  faults: 0,
  misses: 1,
  shadowed: 0,
  bypassed: { asked: 1 },
  refused: { tool_error: 1 },
  refreshes: 0,
  evictions: 0,
  expirations: 0,
  invalidations: 0,
  entries: 1,
  bytes: 1_000,
  savedMs: 40,
  hitRate: 0.8,
};
export const CACHE_REPORT: CacheAnswer = {
  ...COUNTS,
  size: 1,
  ...CACHE_LIMITS,
  servers: [{ server: "files", mode: "auto", ...COUNTS }],
  tools: [{ server: "files", tool: "read", ...COUNTS }],
  advice: [],
};
export const CALL_RECORD: CallRecord = {
  id: "c_1",
  at: 1,
  kind: "tool",
  server: "files",
  name: "read",
  principal: "local",
  era: "rest",
  outcome: "ok",
  faultCode: null,
  disposition: "hit",
  cacheReason: null,
  ageMs: 12,
  durationMs: 1,
  queuedMs: 0,
  backoffMs: 0,
  upstreamMs: null,
  breaker: null,
  attempts: 0,
  resultBytes: 10,
};
