// What do tests on the people's side show of the cache? One report whose sums agree.
import { CACHE_LIMITS, type CacheAnswer, type CacheCounts } from "./cache.ts";

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
