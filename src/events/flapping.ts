// Which states change so fast that nobody could follow each change? Those with several changes within one second.
import { type Item, stateKey } from "./stream.ts";

/** The change number `changes` within `windowMs` makes a state fast. */
export const FLAPPING = { changes: 5, windowMs: 1_000 } as const;

export interface Flapping {
  /** Notes one item; answers whether it is the state of something that changes too fast. `now` is monotonic. */
  isFast(item: Item, now: number): boolean;
  /** States that changed too fast since the last `reset`. */
  readonly fast: ReadonlySet<string>;
  reset(now: number): void;
}

export function createFlapping(): Flapping {
  /** The newest changes of each state, oldest first, at most `FLAPPING.changes`. */
  const changes = new Map<string, number[]>();
  const fast = new Set<string>();

  return {
    isFast(item, now) {
      const key = stateKey(item);
      if (key === null) return false;
      const times = changes.get(key) ?? [];
      times.push(now);
      if (times.length > FLAPPING.changes) times.shift();
      changes.set(key, times);
      const isFast = times.length === FLAPPING.changes && now - (times[0] as number) < FLAPPING.windowMs;
      if (isFast) fast.add(key);
      return isFast;
    },
    fast,
    reset(now) {
      fast.clear();
      for (const [key, times] of changes) if (now - (times.at(-1) as number) >= FLAPPING.windowMs) changes.delete(key);
    },
  };
}
