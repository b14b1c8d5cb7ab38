// Which figures does the gateway tell of itself? Totals since start, and what it measures once a second for the live stream.
import * as z from "zod";
import { cacheCountsSchema } from "./cache.ts";

const count = z.number().int();

/** Totals since start. */
export const metricsSchema = z.object({
  calls: count,
  faults: count,
  sessions: count,
  sockets: count,
  uptimeMs: z.number(),
  rssBytes: z.number(),
});
export type Metrics = z.infer<typeof metricsSchema>;

/** What the live stream tells once a second. */
export const systemMetricsSchema = metricsSchema.extend({
  heapUsedBytes: count,
  loopLagMs: z.number().describe("The longest time of the last second in which no timer could run; under 20 ms is 0."),
  children: count.describe("Processes of servers that run now."),
  latency: z
    .object({ calls: count, p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() })
    .nullable()
    .describe("Milliseconds of the calls answered in the last minute; null without any."),
  cache: cacheCountsSchema
    .pick({
      hits: true,
      stale: true,
      coalesced: true,
      misses: true,
      entries: true,
      bytes: true,
      savedMs: true,
      hitRate: true,
    })
    .optional(),
});
export type SystemMetrics = z.infer<typeof systemMetricsSchema>;
