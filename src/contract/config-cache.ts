// What can be configured about keeping results? The cache's part of the configuration's schema.
import * as z from "zod";

const DAY_MS = 86_400_000;
const whole = (low: number, high: number) => z.int().min(low).max(high);

const cacheRuleFields = {
  ttlMs: whole(0, DAY_MS)
    .optional()
    .describe("How long a result may be served, in milliseconds. Default 300000, 0 to 86400000."),
  staleWhileRevalidateMs: whole(0, DAY_MS)
    .optional()
    .describe(
      "How long past its time a result may be served while a fresh one is fetched, in milliseconds. Default 0, up to 86400000.",
    ),
  staleIfErrorMs: whole(0, DAY_MS)
    .optional()
    .describe(
      "How long past its time a result may be served when the server fails, in milliseconds. Default 0, up to 86400000.",
    ),
  scope: z
    .enum(["private", "public"])
    .optional()
    .describe("Who may share a cached result: `private` (the same principal only, default) or `public` (everyone)."),
};
const MIB = 1024 * 1024;

export const cacheFields = {
  mode: z
    .enum(["off", "shadow", "auto"])
    .optional()
    .describe(
      "`off`: no cache. `shadow` (default): nothing is served from it, repeats are counted and compared. `auto`: read-only tools of a trusted server are cached.",
    ),
  ...cacheRuleFields,
  invalidateOnWrite: z
    .boolean()
    .optional()
    .describe(
      "Whether a call of a tool that is not known to be read-only empties what is kept of its server. Default true.",
    ),
};

/** Bounds of the whole cache. */
export const cacheLimitFields = {
  maxEntries: whole(1, 1_000_000).optional().describe("Results kept. Default 1000, 1 to 1000000."),
  maxBytes: whole(MIB, 64 * 1024 * MIB)
    .optional()
    .describe("Bytes kept, bookkeeping included. Default 67108864 (64 MiB), 1048576 to 68719476736 (64 GiB)."),
  maxEntryBytes: whole(1, 4 * MIB)
    .optional()
    .describe("Bytes of one result. Default 1048576 (1 MiB), up to 4 MiB."),
};
const cacheRuleSchema = z.union([z.literal("off"), z.object(cacheRuleFields)], {
  error: 'expected "off" or an object such as {"ttlMs": 60000}',
});

export const cacheConfigSchema = z.object({
  ...cacheFields,
  tools: z
    .record(z.string(), cacheRuleSchema)
    .optional()
    .describe('Per tool name or pattern (`*`): `"off"`, or the keys above for that tool alone.'),
});
export type CacheConfig = z.infer<typeof cacheConfigSchema>;
