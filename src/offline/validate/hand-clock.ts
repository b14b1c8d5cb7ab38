// How do the checks of one part see an hour pass at once? A world whose time moves only when told, and whose dice show 0.
import type { World } from "#lib/world.ts";

export interface HandClock extends World {
  /** Moves time and runs what becomes due, in order. */
  advance(ms: number): void;
}

const EPOCH = 1_700_000_000_000;

export function handClock(): HandClock {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly fn: () => void }>();
  return {
    now: () => now,
    wall: () => EPOCH + now,
    random: () => 0,
    stalledMs: () => 0,
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        now = next.at;
        next.fn();
      }
      now = end;
    },
  };
}
