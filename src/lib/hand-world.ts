// How do unit tests, and checks of one part, see an hour pass at once? In a world whose time moves only when told, and whose dice
// always show the same.
import type { World } from "./world.ts";

export interface HandWorld extends World {
  /** Moves time and runs what becomes due, in order. */
  advance(ms: number): void;
  /** Timers that are set now. */
  readonly timers: number;
}

const EPOCH = 1_700_000_000_000;

export function handWorld(dice = 0.5): HandWorld {
  let now = 0;
  let timers: { at: number; fn: () => void }[] = [];
  return {
    now: () => now,
    wall: () => EPOCH + now,
    random: () => dice,
    stalledMs: () => 0,
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    get timers() {
      return timers.length;
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        now = next.at;
        next.fn();
      }
      now = end;
    },
  };
}

/** Lets everything run that waits for nothing but promises. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
