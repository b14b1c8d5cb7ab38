// How many calls were there, how did they end, how long did they take? Counted from the first call on, in plain numbers:
// one map lookup and a few additions per call, and a bounded number of series.
import type { CallRecord } from "#contract/call.ts";

/** Upper bounds of the duration buckets, seconds. */
export const DURATION_BUCKETS_S = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;
const MAX_SERIES = 2_000;
const OVERFLOW = "other";

export interface CallSeries {
  readonly server: string;
  readonly kind: string;
  readonly outcome: string;
  /** Fault code, or "" when there was none. */
  readonly code: string;
  calls: number;
  seconds: number;
  /** Calls per bucket, not cumulative; the last one is above all bounds. */
  readonly buckets: number[];
}

export interface CallMeter {
  observe(record: CallRecord): void;
  series(): Iterable<CallSeries>;
}

const newSeries = (labels: Pick<CallSeries, "server" | "kind" | "outcome" | "code">): CallSeries => ({
  ...labels,
  calls: 0,
  seconds: 0,
  buckets: Array<number>(DURATION_BUCKETS_S.length + 1).fill(0),
});

function bucketOf(seconds: number): number {
  let at = 0;
  while (at < DURATION_BUCKETS_S.length && seconds > (DURATION_BUCKETS_S[at] as number)) at++;
  return at;
}

/** Servers come and go by name, so what exceeds the bound is counted together as server `other`. */
export function createCallMeter(): CallMeter {
  const byKey = new Map<string, CallSeries>();
  const lastOf = new Map<string, CallSeries>();

  // Most calls are like the one before them at their server: then no key has to be made.
  const likeLast = (record: CallRecord, server: string): CallSeries | undefined => {
    const last = lastOf.get(server);
    const alike =
      last?.outcome === record.outcome && last.kind === record.kind && last.code === (record.faultCode ?? "");
    return alike ? last : undefined;
  };

  const seriesOf = (record: CallRecord, server: string): CallSeries => {
    const { kind, outcome, faultCode } = record;
    const code = faultCode ?? "";
    const key = `${server} ${kind} ${outcome} ${code}`;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    if (byKey.size >= MAX_SERIES && server !== OVERFLOW) return seriesOf(record, OVERFLOW);
    const fresh = newSeries({ server, kind, outcome, code });
    byKey.set(key, fresh);
    return fresh;
  };

  return {
    observe(record) {
      const server = record.server ?? "none";
      const series = likeLast(record, server) ?? seriesOf(record, server);
      if (series.server === server) lastOf.set(server, series);
      const seconds = record.durationMs / 1000;
      series.calls += 1;
      series.seconds += seconds;
      const bucket = bucketOf(seconds);
      series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    },
    series: () => byKey.values(),
  };
}
