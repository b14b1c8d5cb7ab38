// How did the gateway do over the last hour? Its own figures, which the live stream continues; asked again where that leaves a hole.
import { useMemo } from "react";
import { continued, type Ten } from "./figures.ts";
import type { LiveState } from "./state.ts";
import { useAnswer } from "./use-answer.ts";

const AGAIN_MS = 60_000;
/** The stream can continue a figure that ended after it began: by then there is one, milliseconds. */
const SETTLED_MS = 12_000;

/** Oldest first; null until the first answer, or where there is none. */
export function useFigures({ samples: { list, breaks }, snapshots }: LiveState): readonly Ten[] | null {
  const settled = list.length > 0 && (list.at(-1)?.at ?? 0) - (list[0]?.at ?? 0) >= SETTLED_MS;
  const revision = 2 * (breaks + snapshots) + Number(settled);
  const { value } = useAnswer("GET /api/figures", {}, { everyMs: AGAIN_MS, revision });
  return useMemo(() => value && continued(value.items, list), [value, list]);
}
