// What does the Tool Cache keep, count and advise? Its settings as they hold for one server, and what people get to see of it.
import * as z from "zod";
import { configPatchSchema } from "./change.ts";

export const CACHE_MODES = ["off", "shadow", "auto"] as const;
export type CacheMode = (typeof CACHE_MODES)[number];

/** How long one result may be served, and to whom. Milliseconds. */
export interface CacheRule {
  /** Served as fresh, 0-86400000. Default 300000. */
  readonly ttlMs: number;
  /** Past that, served while a fresh one is fetched. Default 0. */
  readonly staleWhileRevalidateMs: number;
  /** Past that, served when the server fails or is away. Default 0. */
  readonly staleIfErrorMs: number;
  /** `private`: only to the principal that caused it. Default. */
  readonly scope: "private" | "public";
}

/** What a person said about tools of this name: never keep, or keep by these terms. */
export interface ToolCacheRule {
  /** A tool's own name, or a pattern with `*`. An exact name wins over patterns, an earlier pattern over a later one. */
  readonly pattern: string;
  readonly rule: "off" | CacheRule;
}

export interface CacheSettings extends CacheRule {
  readonly mode: CacheMode;
  /** Whether a call of a tool that is not known to be read-only empties what is kept of its server. Default true. */
  readonly invalidateOnWrite: boolean;
  readonly tools: readonly ToolCacheRule[];
}

/** Bounds of the whole cache. */
export interface CacheLimits {
  /** Default 1000. */
  readonly maxEntries: number;
  /** Bytes of everything kept, bookkeeping included. Default 64 MiB. */
  readonly maxBytes: number;
  /** Bytes of one result. Default 1 MiB. */
  readonly maxEntryBytes: number;
}

export const CACHE_DEFAULTS: CacheSettings = {
  mode: "shadow",
  ttlMs: 300_000,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  scope: "private",
  invalidateOnWrite: true,
  tools: [],
};

export const CACHE_LIMITS: CacheLimits = { maxEntries: 1_000, maxBytes: 64 * 1024 * 1024, maxEntryBytes: 1024 * 1024 };

/** What a caller may ask of the cache for one call: `bypass` neither reads nor keeps, `refresh` does not read and keeps. */
export const CACHE_REQUESTS = ["use", "bypass", "refresh"] as const;
export type CacheRequest = (typeof CACHE_REQUESTS)[number];

/** Why a call was answered by the server although there is a cache. */
export const CACHE_REASONS = [
  "mode_off",
  "rule_off",
  "shadow_mode",
  "untrusted",
  "not_read_only",
  "open_world",
  "no_ttl",
  "asked",
  "kind",
  "continuation",
  "parameters",
  "arguments_too_large",
] as const;
export type CacheReason = (typeof CACHE_REASONS)[number];

/** Why an answer was not kept although its call might have been. */
export const REFUSALS = ["error", "tool_error", "incomplete", "too_large", "invalidated", "no_ttl"] as const;
export type CacheRefusal = (typeof REFUSALS)[number];

/** Why kept answers were dropped before their time. */
export const INVALIDATION_REASONS = [
  "write",
  "person",
  "tools_changed",
  "resources_changed",
  "configuration",
  "server_removed",
  "reconnected",
] as const;
export type InvalidationReason = (typeof INVALIDATION_REASONS)[number];

const count = z.number().int();
const counts = (keys: readonly string[], what: string) => z.partialRecord(z.enum(keys), count).describe(what);

const countsShape = {
  calls: count.describe("Calls that reached the cache: hits + stale + coalesced + upstream + faults."),
  hits: count.describe("Answered from the cache, fresh."),
  stale: count.describe("Answered from the cache past their time, as their rule allows."),
  coalesced: count.describe("Answered by an equal call that was in flight."),
  upstream: count.describe("Answered by the server."),
  faults: count.describe("Not answered."),
  misses: count.describe("Could have been answered from the cache, and nothing usable was kept."),
  shadowed: count.describe("Only watched, for the advisor."),
  bypassed: counts(CACHE_REASONS, "Neither served nor watched, by reason."),
  refused: counts(REFUSALS, "Answers that could not be kept, by reason."),
  refreshes: count.describe("Calls of our own to the server, behind stale answers; in none of the numbers above."),
  evictions: count.describe("Dropped because others needed the room."),
  expirations: count.describe("Dropped because their time was over."),
  invalidations: count.describe("Dropped because they might no longer be true."),
  entries: count.describe("Kept now."),
  bytes: count.describe("Bytes of these."),
  savedMs: z.number().describe("Upstream time that hits, stale and coalesced answers did not cost, in milliseconds."),
  hitRate: z.number().describe("(hits + stale + coalesced) / (those + misses), 0 to 1; 0 without any."),
};

export const cacheCountsSchema = z.object(countsShape);
export type CacheCounts = z.infer<typeof cacheCountsSchema>;

export const toolCacheSchema = z.object({ server: z.string(), tool: z.string(), ...countsShape });
export type ToolCacheView = z.infer<typeof toolCacheSchema>;

/** What the configuration makes of calls of one tool, before anything is asked. */
export const toolKeepingSchema = z.object({
  keeping: z
    .enum(["keep", "watch", "pass"])
    .describe("Answered from the cache; only watched for the advisor; neither."),
  reason: z.enum(CACHE_REASONS).nullable().describe("Why not kept; null where it is."),
  ttlMs: z.number().nullable().describe("How long an answer counts as fresh; null where none is kept."),
});
export type ToolKeeping = z.infer<typeof toolKeepingSchema>;

export const VERDICTS = ["cache", "ask", "keep_off", "wait"] as const;

/** What a shadow cache with one time to live would have done. */
export const ttlForecastSchema = z.object({
  ttlMs: count,
  hitRate: z.number().describe("Share of the calls that it would have answered, 0 to 1."),
  changed: count.describe("Answers among those that would have been out of date."),
  savedMs: z.number().describe("Upstream time that it would have saved, in milliseconds."),
});

export const adviceSchema = z.object({
  server: z.string(),
  tool: z.string(),
  verdict: z
    .enum(VERDICTS)
    .describe(
      "`cache`: worth it and safe by what was seen; `ask`: so it seems, but only a person knows whether it writes.",
    ),
  sentence: z.string(),
  config: z.string().nullable().describe("What to put into the server's `cache.tools`; null when nothing is advised."),
  patch: configPatchSchema
    .nullable()
    .describe("The same as a change of the configuration; null when nothing is advised."),
  ttlMs: count.nullable(),
  calls: count,
  repeats: count.describe("Calls whose key had been seen before."),
  comparisons: count.describe("Repeats whose answer could be compared with the one before."),
  changed: count.describe("Of these, answers that were different."),
  firstChangeMs: z.number().nullable().describe("The shortest time after which an answer had changed."),
  forecasts: z.array(ttlForecastSchema),
});
export type Advice = z.infer<typeof adviceSchema>;

export const cacheAnswerSchema = z.object({
  ...countsShape,
  size: count.describe("The same as entries."),
  maxEntries: count,
  maxBytes: count,
  maxEntryBytes: count,
  servers: z.array(z.object({ server: z.string(), mode: z.enum(CACHE_MODES), ...countsShape })),
  tools: z.array(toolCacheSchema),
  advice: z.array(adviceSchema),
});
export type CacheAnswer = z.infer<typeof cacheAnswerSchema>;

export const cacheClearedSchema = z.object({ removed: count });

export const clearQuerySchema = z.strictObject({
  server: z.string().min(1).optional().describe("Only what is kept of this server."),
  tool: z.string().min(1).optional().describe("Only what is kept of this tool; needs `server`."),
});
export type ClearQuery = z.output<typeof clearQuerySchema>;
