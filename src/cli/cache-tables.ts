// How do the cache's numbers look to people? Two sentences of sums, and a table of servers and of tools. Pure.
import type { CacheAnswer, CacheCounts, CacheReason, ToolCacheView } from "#contract/cache.ts";
import { reasonBrief } from "./cache-reasons.ts";
import { byteSize, duration, grouped, percent } from "./text.ts";

type Served = Pick<CacheCounts, "hits" | "stale" | "coalesced">;
const served = ({ hits, stale, coalesced }: Served): number => hits + stale + coalesced;

/** What the cache did in words, and what it holds of what it may. */
export function summaryLines(counts: CacheCounts, limits: Pick<CacheAnswer, "maxEntries" | "maxBytes">): string[] {
  const { hits, stale, coalesced, upstream, faults, entries, bytes } = counts;
  const parts = [
    [hits, "from the cache"],
    [stale, "from the cache past their time"],
    [coalesced, "with an equal call"],
    [upstream, "by their server"],
    [faults, "not answered"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, how]) => `${grouped(count)} ${how}`);
  const room = `${grouped(limits.maxEntries)} answers, ${byteSize(bytes)} of ${byteSize(limits.maxBytes)}`;
  return [
    `cache  ${lookupWords(counts)}`,
    `calls  ${grouped(counts.calls)}: ${told.join(", ")}`,
    `kept   ${grouped(entries)} of ${room}`,
  ];
}

function lookupWords(counts: CacheCounts): string {
  const { hitRate, misses, savedMs, shadowed } = counts;
  const lookups = served(counts) + misses;
  const watched = shadowed === 0 ? "" : `; ${grouped(shadowed)} calls only watched`;
  if (lookups === 0) return `nothing that may be kept was called${watched}`;
  return `${percent(hitRate)} of ${grouped(lookups)} lookups answered without their server, ${duration(savedMs)} saved${watched}`;
}

interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string;
  /** Left out while no row has anything but 0 in it. */
  readonly rare?: boolean;
}

const CALLS: Column<CacheCounts> = { head: "CALLS", cell: ({ calls }) => grouped(calls) };
const MISSES: Column<CacheCounts> = { head: "MISSES", cell: ({ misses }) => grouped(misses) };
const RATE: Column<CacheCounts> = {
  head: "RATE",
  cell: (row) => (served(row) + row.misses === 0 ? "-" : percent(row.hitRate)),
};
const SAVED: Column<CacheCounts> = {
  head: "SAVED",
  cell: ({ savedMs }) => (savedMs === 0 ? "-" : duration(savedMs)),
};

/** One row per server under a row of heads. */
export const serverTable = (servers: CacheAnswer["servers"]): string[][] =>
  table(servers, [
    { head: "SERVER", cell: ({ server }) => server },
    { head: "MODE", cell: ({ mode }) => mode },
    CALLS,
    { head: "HITS", cell: ({ hits }) => grouped(hits) },
    { head: "STALE", cell: ({ stale }) => grouped(stale), rare: true },
    { head: "COALESCED", cell: ({ coalesced }) => grouped(coalesced), rare: true },
    MISSES,
    RATE,
    { head: "KEPT", cell: ({ entries }) => grouped(entries) },
    SAVED,
  ]);

/** One row per tool under a row of heads; the last column says why calls passed the cache by. */
export const toolTable = (tools: readonly ToolCacheView[]): string[][] =>
  table(tools, [
    { head: "SERVER", cell: ({ server }) => server },
    { head: "TOOL", cell: ({ tool }) => tool },
    CALLS,
    { head: "SERVED", cell: (row) => grouped(served(row)) },
    MISSES,
    RATE,
    SAVED,
    { head: "PAST THE CACHE", cell: pastWords },
  ]);

function table<T>(rows: readonly T[], all: readonly Column<T>[]): string[][] {
  const shown = all.filter(({ cell, rare }) => rare !== true || rows.some((row) => cell(row) !== "0"));
  return [shown.map(({ head }) => head), ...rows.map((row) => shown.map(({ cell }) => cell(row)))];
}

function pastWords({ calls, shadowed, bypassed }: CacheCounts): string {
  const past = (Object.entries(bypassed) as [CacheReason, number][]).sort(([, a], [, b]) => b - a);
  const reasons = past.map(([reason, count]) => [count, reasonBrief(reason)] as const);
  const all = [...(shadowed === 0 ? [] : [[shadowed, "only watched"] as const]), ...reasons];
  return all.map(([count, why]) => (count === calls ? why : `${grouped(count)} ${why}`)).join(", ");
}
