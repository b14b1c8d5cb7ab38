// Which numbers of the cache does `/metrics` show? Counted per server since it was first called; a removed server's go with it.
import type { CacheAnswer, CacheCounts } from "#contract/cache.ts";
import type { MetricFamily, Sample } from "./exposition.ts";

type Servers = CacheAnswer["servers"];

export function cacheFamilies(servers: Servers): MetricFamily[] {
  const perServer = (name: string, help: string, value: (counts: CacheCounts) => number): MetricFamily => ({
    name,
    type: name.endsWith("_total") ? "counter" : "gauge",
    help,
    samples: servers.map((counts) => ({ labels: { server: counts.server }, value: value(counts) })),
  });
  return [
    lookups(servers),
    perServer("omni2_cache_watched_total", "Calls that the cache only watched, for the advisor.", (it) => it.shadowed),
    byReason("omni2_cache_bypassed_total", {
      help: "Calls that the cache neither served nor watched.",
      servers,
      of: "bypassed",
    }),
    byReason("omni2_cache_not_kept_total", { help: "Answers that could not be kept.", servers, of: "refused" }),
    perServer("omni2_cache_evictions_total", "Answers dropped because others needed the room.", (it) => it.evictions),
    perServer("omni2_cache_expirations_total", "Answers dropped because their time was over.", (it) => it.expirations),
    perServer(
      "omni2_cache_invalidations_total",
      "Answers dropped because they might no longer be true.",
      (it) => it.invalidations,
    ),
    perServer("omni2_cache_entries", "Answers kept now.", (it) => it.entries),
    perServer("omni2_cache_bytes", "Bytes of the answers kept now.", (it) => it.bytes),
    perServer(
      "omni2_cache_saved_seconds_total",
      "Time of the servers that answers from the cache did not cost.",
      (it) => it.savedMs / 1000,
    ),
  ];
}

const lookups = (servers: Servers): MetricFamily => ({
  name: "omni2_cache_lookups_total",
  type: "counter",
  help: "Calls that the cache could have answered, by what came of it.",
  samples: servers.flatMap(({ server, hits: hit, stale, coalesced, misses: miss }) =>
    Object.entries({ hit, stale, coalesced, miss }).map(([outcome, value]) => ({ labels: { server, outcome }, value })),
  ),
});

const byReason = (
  name: string,
  { help, servers, of }: { help: string; servers: Servers; of: "bypassed" | "refused" },
): MetricFamily => ({
  name,
  type: "counter",
  help,
  samples: servers.flatMap((counts): Sample[] =>
    Object.entries(counts[of]).map(([reason, value = 0]) => ({ labels: { server: counts.server, reason }, value })),
  ),
});
