// Which finished calls are known now? The newest page of the journal, those told live, and older pages when asked.
import { useContext, useEffect, useRef, useState } from "react";
import type { CallRecord } from "../../../src/contract/call.ts";
import { api, wordsOf } from "../api.ts";
import { CallFeedContext } from "./call-feed.ts";
import {
  type CallFilter,
  type CallLog,
  NO_CALLS,
  passes,
  torn,
  withNewest,
  withOlder,
  withRoom,
  withTold,
} from "./call-log.ts";
import { useAnswer } from "./use-answer.ts";

/** Calls that are told are painted at most this often, milliseconds. */
const PAINT_MS = 250;
/** More calls in one step of the stream than it tells are found by asking again, milliseconds. */
const AGAIN_MS = 10_000;
/** The most that one page may hold. */
const WHOLE_PAGE = "1000";

export interface Calls {
  readonly rows: readonly CallRecord[];
  /** The journal has been read, or could not be. */
  readonly asked: boolean;
  readonly problem: string | null;
  /** Fetches older ones; null when there are none, or they are being fetched. */
  readonly older: (() => void) | null;
}

interface Options {
  readonly filter: CallFilter;
  /** Whether the stream is followed. */
  readonly following: boolean;
  /** Rows that are shown until the first answer. */
  readonly seed: readonly CallRecord[];
}

/** Follows the stream while it is to; `onMissed` is called when it begins anew, or is followed again. */
function useTold(
  { filter, following }: Options,
  change: (next: (log: CallLog) => CallLog) => void,
  onMissed: () => void,
): void {
  const feed = useContext(CallFeedContext);
  const wanted = useRef(filter);
  const say = useRef({ change, onMissed });
  const stopped = useRef(false);
  useEffect(() => {
    if (!following) return;
    if (stopped.current) say.current.onMissed();
    let told: CallRecord[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const paint = (): void => {
      const records = told;
      told = [];
      timer = undefined;
      say.current.change((log) => withTold(log, records));
    };
    const stop = feed.listen({
      onCalls(records) {
        told.push(...records.filter((record) => passes(wanted.current, record)));
        if (told.length > 0) timer ??= setTimeout(paint, PAINT_MS);
      },
      onMissed: () => say.current.onMissed(),
    });
    return () => {
      stop();
      clearTimeout(timer);
      stopped.current = true;
    };
  }, [feed, following]);
}

/** Give the component that uses it a key where the filter can change. */
export function useCalls(options: Options): Calls {
  const { filter, following, seed } = options;
  const [log, setLog] = useState<CallLog>({ ...NO_CALLS, rows: seed });
  const [revision, setRevision] = useState(0);
  const [more, setMore] = useState<{ asking: boolean; problem: string | null }>({ asking: false, problem: null });
  const again = following ? { everyMs: AGAIN_MS, revision } : { revision };
  const { value, problem } = useAnswer("GET /api/calls", { query: filter }, again);
  useEffect(() => {
    if (value) setLog((known) => withNewest(known, value));
  }, [value]);
  useTold(options, setLog, () => {
    setLog(torn);
    setRevision((last) => last + 1);
  });
  const older = async (): Promise<void> => {
    setMore({ asking: true, problem: null });
    try {
      // What was cut off at the end is read again with the newest page.
      const place = log.next ? { before: log.next } : { limit: WHOLE_PAGE };
      const page = await api("GET /api/calls", { query: { ...filter, ...place } });
      setLog((known) => (log.next ? withOlder : withRoom)(known, page));
      setMore({ asking: false, problem: null });
    } catch (error) {
      setMore({ asking: false, problem: wordsOf(error) });
    }
  };
  const asked = value !== null || problem !== null;
  return {
    rows: log.rows,
    asked,
    problem: more.problem ?? problem,
    older: asked && log.next !== null && log.rows.length > 0 && !more.asking ? () => void older() : null,
  };
}
