// When do frames leave? What happens together leaves together: at once after silence, then in steps, longer ones when much
// happens.
import type { Cancel, World } from "#lib/world.ts";

/** Milliseconds between two departures: usually, and when much or the same happens again and again. */
export const STEP_MS = { calm: 50, busy: 100 } as const;
/** The first after silence waits so long for what happens with it, in milliseconds. */
export const LINGER_MS = 1;

export interface Pacer {
  /** Something waits to leave, within the step of that mood. */
  wake(mood: keyof typeof STEP_MS): void;
  /** What waited has left. */
  left(): void;
  stop(): void;
}

export function createPacer(world: World, depart: () => void): Pacer {
  let cancel: Cancel | undefined;
  let dueAt = 0;
  let leftAt = Number.NEGATIVE_INFINITY;

  const plan = (at: number): void => {
    cancel?.();
    dueAt = at;
    cancel = world.after(at - world.now(), () => {
      cancel = undefined;
      depart();
    });
  };
  const left = (): void => {
    cancel?.();
    cancel = undefined;
    leftAt = world.now();
  };

  return {
    wake(mood) {
      const at = leftAt + STEP_MS[mood];
      if (cancel === undefined) plan(Math.max(at, world.now() + LINGER_MS));
      else if (at > dueAt) plan(at);
    },
    left,
    stop: () => cancel?.(),
  };
}
