// How were the servers over the last hours? Asked again when a status has changed, and now and then while nothing happens.
import type { ServerTimeline } from "../../../src/contract/timeline.ts";
import type { LiveState } from "./state.ts";
import { useAnswer } from "./use-answer.ts";
import { useEased } from "./use-eased.ts";

const AGAIN_MS = 5 * 60_000;
/** What happened is written a little later, and seldom comes alone, milliseconds. */
const SETTLED_MS = 1_500;

export interface Timelines {
  /** Null until the first answer; a later one that fails leaves it as it is. */
  readonly items: readonly ServerTimeline[] | null;
  readonly problem: string | null;
}

interface Wanted {
  readonly hours: number;
  /** Without it all of them. The component needs a key where it can change. */
  readonly server?: string;
}

/** Grows with each change that timelines tell of, and when some may have been missed. */
function revisionOf({ events, snapshots }: LiveState, server: string | undefined): number {
  const change = events.find((line) => {
    if (line.kind !== "status" && line.kind !== "servers") return false;
    return server === undefined || line.server === server;
  });
  return (change?.id ?? 0) + snapshots;
}

export function useTimelines(state: LiveState, { hours, server }: Wanted): Timelines {
  const revision = useEased(revisionOf(state, server), SETTLED_MS);
  const query = { hours: String(hours), ...(server === undefined ? {} : { server }) };
  const { value, problem } = useAnswer("GET /api/timeline", { query }, { everyMs: AGAIN_MS, revision });
  return { items: value?.items ?? null, problem };
}
