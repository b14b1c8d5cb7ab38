// Where do time and chance come from? Everything that waits, measures or rolls dice gets this seam,
// so that a simulation can own it. Nothing outside this file touches Date, performance, setTimeout or Math.random.

import type { CancelSignal } from "./cancel.ts";
import { watchStalls } from "./stalls.ts";

/** Stops a timer; harmless when it has already fired. */
export type Cancel = () => void;

export interface World {
  /** Monotonic milliseconds, for durations and deadlines. Never compare it with wall time. */
  now(): number;
  /** Wall time, milliseconds since 1970, for what people read and what is stored. */
  wall(): number;
  /** Runs `fn` once after at least `ms` milliseconds. Does not keep the process alive. */
  after(ms: number, fn: () => void): Cancel;
  /** Uniform in [0, 1). Not for secrets. */
  random(): number;
  /**
   * The longest time since `since` (monotonic milliseconds) for which this process itself was too busy to run its timers.
   * A limit that passed in such a time says nothing about a server.
   */
  stalledMs(since: number): number;
}

export const systemWorld: World = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fn) {
    // Node drops fractions and may still come a little early.
    const timer = setTimeout(fn, Math.ceil(ms) + 1);
    timer.unref();
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  stalledMs: (since) => stalls.longestSince(since),
};

const stalls = watchStalls();

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
export function sleep(world: World, ms: number, signal?: CancelSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = world.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
