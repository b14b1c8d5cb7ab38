// How did the gateway's totals grow lately? What it told of itself once a second, as long as figures need it. Pure.
import type { SystemMetrics } from "../../../src/contract/event.ts";

/** The gateway's totals at one moment. */
export interface Sample {
  /** Milliseconds since 1970 at the gateway. */
  readonly at: number;
  readonly uptimeMs: number;
  readonly calls: number;
  readonly faults: number;
  /** Answered from the cache, stale and coalesced included. */
  readonly hits: number;
  readonly savedMs: number;
  readonly p95Ms: number | null;
  readonly sessions: number;
  readonly sockets: number;
}

export interface Samples {
  /** Oldest first, without a hole, at most `MAX_SAMPLES`. */
  readonly list: readonly Sample[];
  /** How often the stream paused or the gateway began anew: what was between is not known from here. */
  readonly breaks: number;
}

/** More than two minutes, at one a second. */
export const MAX_SAMPLES = 150;
/** A longer silence than this is a hole, milliseconds. */
const HOLE_MS = 3_500;

export const NO_SAMPLES: Samples = { list: [], breaks: 0 };

function sampleOf({ cache, latency, ...metrics }: SystemMetrics, at: number): Sample {
  const { uptimeMs, calls, faults, sessions, sockets } = metrics;
  const hits = cache ? cache.hits + cache.stale + cache.coalesced : 0;
  return {
    at,
    uptimeMs,
    calls,
    faults,
    sessions,
    sockets,
    hits,
    savedMs: cache?.savedMs ?? 0,
    p95Ms: latency?.p95 ?? null,
  };
}

const follows = (last: Sample, next: Sample): boolean =>
  next.at - last.at <= HOLE_MS && next.uptimeMs >= last.uptimeMs && next.calls >= last.calls;

/** @param at when the gateway told it, milliseconds since 1970. */
export function sampled({ list, breaks }: Samples, metrics: SystemMetrics, at: number): Samples {
  const next = sampleOf(metrics, at);
  const last = list.at(-1);
  if (last && !follows(last, next)) return { list: [next], breaks: breaks + 1 };
  return { list: [...list, next].slice(-MAX_SAMPLES), breaks };
}

/** The newest sample of the second before `at`; half a second late is in time. */
export const sampleAt = (list: readonly Sample[], at: number): Sample | undefined =>
  list.findLast((sample) => sample.at <= at + 500 && sample.at > at - 1_500);
