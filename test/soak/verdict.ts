// Does something grow with every call? Pure: readings in, growth out. Judged by Theil-Sen slopes (the median of the slopes
// between all pairs), because one odd reading out of seven must not decide; the first windows, which fill what is bounded, are dropped.
import { median } from "../../bench/figures.ts";

/** What a gateway held after a window, with all garbage gone. */
export interface Reading {
  /** Calls made until then. */
  readonly calls: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
  readonly fds: number;
  readonly timers: number;
  readonly children: number;
}

export interface Growth {
  /** Bytes per call, on V8's heap and beside it. */
  readonly heap: number;
  readonly external: number;
  /** Of the resident memory; to be reported, it says little. */
  readonly rss: number;
  /** From the first window judged to the last, by the slope. */
  readonly fds: number;
  readonly timers: number;
  readonly children: number;
}

const DROPPED = 3;

/** The growth over all windows but the first three. */
export function growthOf(readings: readonly Reading[]): Growth {
  const judged = readings.slice(DROPPED);
  const calls = (judged.at(-1)?.calls ?? 0) - (judged[0]?.calls ?? 0);
  const slope = (pick: (reading: Reading) => number): number =>
    theilSen(judged.map((reading) => [reading.calls, pick(reading)]));
  return {
    heap: slope(({ heapUsed }) => heapUsed),
    external: slope(({ external }) => external),
    rss: slope(({ rss }) => rss),
    fds: slope(({ fds }) => fds) * calls,
    timers: slope(({ timers }) => timers) * calls,
    children: slope(({ children }) => children) * calls,
  };
}

/** The median of the slopes between all pairs of points with growing x. */
export function theilSen(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x, y], i) => points.slice(i + 1).map(([x2, y2]) => (y2 - y) / (x2 - x)));
  return median(slopes);
}
