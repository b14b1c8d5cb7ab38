// What does the journal tell of the time before? Its newest page at first, and again when events may have been missed; older ones when asked.
import { useMemo, useState } from "react";
import { api, wordsOf } from "../api.ts";
import type { EventLine } from "./lines.ts";
import { linesOf, merged } from "./past.ts";
import type { LiveState } from "./state.ts";
import { useAnswer } from "./use-answer.ts";

export interface Past {
  /** What was told live and what the journal tells, newest first. */
  readonly lines: readonly EventLine[];
  /** The journal has been read, or could not be. */
  readonly asked: boolean;
  readonly problem: string | null;
  /** Fetches older ones; null when there are none, or they are being fetched. */
  readonly older: (() => void) | null;
}

interface Older {
  readonly lines: readonly EventLine[];
  /** Where the next page begins: null after the last, undefined before the first. */
  readonly next: string | null | undefined;
  readonly asking: boolean;
  readonly problem: string | null;
}

const NONE: Older = { lines: [], next: undefined, asking: false, problem: null };

/** @param live the lines told live that are shown now. */
export function usePast(state: LiveState, live: readonly EventLine[]): Past {
  const { value, problem } = useAnswer("GET /api/events", {}, { revision: state.snapshots });
  const [more, setMore] = useState(NONE);
  const lines = useMemo(() => merged(live, [...linesOf(value?.items ?? []), ...more.lines]), [live, value, more.lines]);
  const before = more.next === undefined ? value?.next : more.next;
  const older = async (cursor: string): Promise<void> => {
    setMore({ ...more, asking: true, problem: null });
    try {
      const { items, next } = await api("GET /api/events", { query: { before: cursor } });
      setMore({ lines: [...more.lines, ...linesOf(items)], next: next ?? null, asking: false, problem: null });
    } catch (error) {
      setMore({ ...more, asking: false, problem: wordsOf(error) });
    }
  };
  return {
    lines,
    asked: value !== null || problem !== null,
    problem: more.problem ?? problem,
    older: before && !more.asking ? () => void older(before) : null,
  };
}
