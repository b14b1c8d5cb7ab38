// How is a moment written? Local time of day, the exact one in the tooltip.
import { useClock } from "../clock.ts";
import { clock } from "./format.ts";

/** @param at milliseconds since 1970. */
export function Time({ at }: { at: number }) {
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {clock(at, useClock())}
    </time>
  );
}
