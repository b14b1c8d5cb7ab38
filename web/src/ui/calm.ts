// How do rows stay where they are while a person is at them? Their order is frozen under pointer and focus.
import { useEffect, useRef, useState } from "react";
import { inPlaces } from "./order.ts";

/** Whether pointer or focus is at the element that gets the props. */
export function useAttention() {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const watch = {
    onPointerEnter: () => setPointed(true),
    onPointerLeave: () => setPointed(false),
    onFocus: () => setFocused(true),
    onBlur: () => setFocused(false),
  };
  return { attended: pointed || focused, watch };
}

/** The rows as they are to stand, and the props of the table that freeze them. `sorted` as they would stand by themselves. */
export function useCalmOrder<T>(sorted: readonly T[], idOf: (row: T) => string) {
  const { attended, watch: freeze } = useAttention();
  const shown = useRef<readonly string[]>([]);
  const rows = attended ? inPlaces(sorted, shown.current, idOf) : sorted;
  useEffect(() => {
    shown.current = rows.map(idOf);
  });
  return { rows, freeze };
}
