// How do rows stay where they are while a person is at them? Their order is frozen under pointer and focus.
import { useEffect, useRef, useState } from "react";
import { inPlaces } from "./order.ts";

/** The rows as they are to stand, and the props of the table that freeze them. `sorted` as they would stand by themselves. */
export function useCalmOrder<T>(sorted: readonly T[], idOf: (row: T) => string) {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const shown = useRef<readonly string[]>([]);
  const rows = pointed || focused ? inPlaces(sorted, shown.current, idOf) : sorted;
  useEffect(() => {
    shown.current = rows.map(idOf);
  });
  const freeze = {
    onPointerEnter: () => setPointed(true),
    onPointerLeave: () => setPointed(false),
    onFocus: () => setFocused(true),
    onBlur: () => setFocused(false),
  };
  return { rows, freeze };
}
