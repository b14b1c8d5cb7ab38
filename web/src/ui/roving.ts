// Which row of a list does Tab reach? One at a time: the last that had focus, else the preferred, else the first.
import { useState } from "react";

/** Returns the props of each row's link by its id. Arrow keys and `j k` move among rows; see keys.ts. */
export function useRoving(ids: readonly string[], preferred?: string) {
  const [active, setActive] = useState<string | null>(null);
  const reached = [active, preferred].find((id) => id !== undefined && id !== null && ids.includes(id)) ?? ids[0];
  return (id: string) => ({
    "data-row": true,
    tabIndex: id === reached ? 0 : -1,
    onFocus: () => setActive(id),
  });
}
