// Which part of a drawing is a person at? Arrow keys step through it while it has focus, a pointer chooses by its place.
import { type KeyboardEvent, type PointerEvent, useState } from "react";

/** Where a key leads among `count` parts; undefined: it is no key of ours. Pure. */
export function stepOf(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, at - 1);
    case "ArrowRight":
      return Math.min(count - 1, at + 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

/** The part that a person is at, or null, and the handlers of the drawing. */
export function useSteps(count: number) {
  const [at, setAt] = useState<number | null>(null);
  const leave = (): void => setAt(null);
  const handlers = {
    onFocus: () => setAt(count - 1),
    onBlur: leave,
    onPointerMove: ({ clientX, currentTarget }: PointerEvent) => {
      const { left, width } = currentTarget.getBoundingClientRect();
      setAt(Math.min(count - 1, Math.max(0, Math.floor(((clientX - left) / width) * count))));
    },
    onPointerLeave: leave,
    onKeyDown: (event: KeyboardEvent) => {
      const next = stepOf(event.key, at ?? count - 1, count);
      if (next === undefined) return;
      event.preventDefault();
      setAt(next);
    },
  };
  return { at, handlers };
}
