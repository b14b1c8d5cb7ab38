// How does a test let an hour pass among promises? From timer to timer, with everything run in between that waits for no time.
import { type HandWorld, handWorld, settle } from "#lib/hand-world.ts";

export interface SteppedWorldOptions {
  /** What the dice show: always the same, or as rolled. */
  readonly dice?: number | (() => number);
  /** Timers that are never run, as if the process had lost them. */
  readonly loses?: (ms: number, now: number) => boolean;
}

export interface SteppedWorld extends HandWorld {
  /** Lets so much time pass, and lets everybody answer before each timer. */
  pass(ms: number): Promise<void>;
  /** What `stalledMs` says from now on, in milliseconds. */
  stall: number;
}

export function steppedWorld({ dice = 0.5, loses = () => false }: SteppedWorldOptions = {}): SteppedWorld {
  const hand = handWorld();
  const due = new Map<object, number>();
  const world: SteppedWorld = Object.create(hand, {
    stall: { value: 0, writable: true },
    timers: { get: () => due.size },
  });
  world.random = typeof dice === "number" ? () => dice : dice;
  world.stalledMs = () => world.stall;
  world.after = (ms, fn) => {
    if (loses(ms, hand.now())) return () => {};
    const key = {};
    due.set(key, hand.now() + ms);
    const cancel = hand.after(ms, () => {
      due.delete(key);
      fn();
    });
    return () => {
      due.delete(key);
      cancel();
    };
  };
  world.pass = async (ms) => {
    const end = hand.now() + ms;
    for (;;) {
      await settle();
      const next = Math.min(...due.values());
      if (next > end) break;
      hand.advance(Math.max(0, next - hand.now()));
    }
    hand.advance(end - hand.now());
    await settle();
  };
  return world;
}

/** Dice that show the same row of numbers in every run. */
export function seededDice(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
