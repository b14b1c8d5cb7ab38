// What do the gateway's figures of the last hour come to, and how do they go on as it tells more? Sums and shares of what it said. Pure.
import type { Figure } from "../../../src/contract/timeline.ts";
import { type Sample, sampleAt } from "./samples.ts";

/** Ten seconds of the gateway; `at` is their end. */
export type Ten = Pick<Figure, "at" | "calls" | "faults" | "hits" | "savedMs" | "p95Ms" | "sessions" | "sockets">;

/** What a minute comes to. */
export type Minute = Pick<Ten, "calls" | "faults" | "hits">;

const TEN_MS = 10_000;
const TENS_A_MINUTE = 6;
const MINUTE_MS = TENS_A_MINUTE * TEN_MS;
export const TENS_AN_HOUR = 360;

const grown = (from: Sample, to: Sample): Minute & Pick<Ten, "savedMs"> => ({
  calls: to.calls - from.calls,
  faults: to.faults - from.faults,
  hits: to.hits - from.hits,
  savedMs: to.savedMs - from.savedMs,
});

/** The ten seconds after `end`; undefined where the stream has not told of both of their ends. */
function tenAfter(end: number, list: readonly Sample[]): Ten | undefined {
  const from = sampleAt(list, end);
  const to = sampleAt(list, end + TEN_MS);
  // The newest sample of a second is known when the next one has come.
  if (!from || !to || to === list.at(-1)) return undefined;
  const { p95Ms, sessions, sockets } = to;
  return { at: end + TEN_MS, ...grown(from, to), p95Ms, sessions, sockets };
}

/** The last hour, oldest first: the gateway's own figures, and what it has told since in the same steps. */
export function continued(figures: readonly Figure[], list: readonly Sample[]): Ten[] {
  const tens: Ten[] = figures.toSorted((a, b) => a.at - b.at);
  let end = tens.at(-1)?.at;
  while (end !== undefined) {
    const ten = tenAfter(end, list);
    if (ten) tens.push(ten);
    end = ten?.at;
  }
  return tens.slice(-TENS_AN_HOUR);
}

const added = (tens: readonly Ten[]): Minute =>
  tens.reduce(
    (sum, { calls, faults, hits }) => ({
      calls: sum.calls + calls,
      faults: sum.faults + faults,
      hits: sum.hits + hits,
    }),
    { calls: 0, faults: 0, hits: 0 },
  );

/** The minute that ends with each of these tens; null where it began before them. */
export const minutesOf = (tens: readonly Ten[]): (Minute | null)[] =>
  tens.map((_, index) => (index + 1 < TENS_A_MINUTE ? null : added(tens.slice(index + 1 - TENS_A_MINUTE, index + 1))));

/** The last sixty seconds; null while too little is known of them. */
export function lastMinute(tens: readonly Ten[], list: readonly Sample[]): Minute | null {
  const now = list.at(-1);
  if (now && now.uptimeMs <= MINUTE_MS) return now;
  const before = now && sampleAt(list, now.at - MINUTE_MS);
  if (now && before) return grown(before, now);
  return tens.length < TENS_A_MINUTE ? null : added(tens.slice(-TENS_A_MINUTE));
}

/** A share of 0 to 1; null of nothing. */
export const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
