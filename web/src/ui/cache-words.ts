// What did the cache do, in words? Only from what the gateway counted. Pure.
import type { CacheAnswer, CacheCounts, CacheReason, CacheRefusal } from "../../../src/contract/cache.ts";
import { count, duration, many, percent, words } from "./format.ts";

/** Why calls passed the cache by: what follows their number. */
const BYPASSED: Readonly<Record<CacheReason, string>> = {
  mode_off: "with the cache off",
  rule_off: "with their rule off",
  shadow_mode: "only watched",
  untrusted: "of a server that is not trusted",
  not_read_only: "not known to only read",
  open_world: "reaching outside",
  no_ttl: "without a time to live",
  asked: "asked past the cache",
  kind: "of a kind that is not kept",
  continuation: "going on with an earlier call",
  parameters: "with parameters that the key does not cover",
  arguments_too_large: "with arguments too large",
};

/** Why answers were not kept: what follows their number. */
const REFUSED: Readonly<Record<CacheRefusal, string>> = {
  error: "ended in a fault",
  tool_error: "answered with an error",
  incomplete: "answered in part",
  too_large: "with an answer too large",
  invalidated: "emptied meanwhile",
  no_ttl: "without a time to live",
};

const servedOf = ({ hits, stale, coalesced }: CacheCounts): number => hits + stale + coalesced;

/** Calls that the cache could have answered. */
export const lookupsOf = (counts: CacheCounts): number => servedOf(counts) + counts.misses;

/** Why calls were not answered from the cache and answers not kept, most frequent first; empty when there is nothing to say. */
export function whyNot(counts: CacheCounts): string {
  const reasons: (readonly [number, string])[] = [[counts.shadowed, "only watched"]];
  for (const [reason, number] of Object.entries(counts.bypassed))
    reasons.push([number ?? 0, BYPASSED[reason as CacheReason] ?? reason]);
  for (const [reason, number] of Object.entries(counts.refused))
    reasons.push([number ?? 0, REFUSED[reason as CacheRefusal] ?? reason]);
  return reasons
    .filter(([number]) => number > 0)
    .sort(([a], [b]) => b - a)
    .map(([number, why]) => `${words(count(number))} ${why}`)
    .join(", ");
}

/** How calls were answered, where anything was: `12 kept, 1 stale, 3 joined an equal call`. */
export function howServed({ hits, stale, coalesced }: CacheCounts): string {
  const parts = [
    hits > 0 && `${words(count(hits))} kept`,
    stale > 0 && `${words(count(stale))} stale`,
    coalesced > 0 && `${words(count(coalesced))} joined an equal call`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** The page's first line. */
export function cacheSentence(cache: CacheAnswer): string {
  const lookups = lookupsOf(cache);
  if (lookups > 0) {
    const saved = cache.savedMs > 0 ? `, which saved ${words(duration(cache.savedMs))} of waiting` : "";
    const served = servedOf(cache) === 0 ? "None" : percent(cache.hitRate);
    return `${served} of ${many(lookups, "lookup")} ${lookups === 1 ? "was" : "were"} answered without a server${saved}.`;
  }
  if (cache.servers.length > 0 && cache.servers.every(({ mode }) => mode === "off"))
    return "The cache is off for every server.";
  if (cache.shadowed > 0) return `Nothing is answered from the cache: ${many(cache.shadowed, "call")} only watched.`;
  return cache.calls === 0 ? "No call has reached the cache yet." : "No call could have been answered from the cache.";
}

/** What a clearing came to. `what` names whose answers: a server, a tool, or empty for all. */
export const clearedSentence = (removed: number, what: string): string =>
  `${removed === 0 ? "No kept answer" : many(removed, "kept answer")}${what && ` of ${what}`} ${removed > 1 ? "were" : "was"} dropped.`;
