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
export const cacheFields = {
  mode: z
    .enum(["off", "shadow", "auto"])
    .optional()
    .describe(
      "`off`: no cache. `shadow` (default): nothing is served from it, repeats are counted and compared. `auto`: read-only tools of a trusted server are cached.",
    ),
  ...cacheRuleFields,
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
