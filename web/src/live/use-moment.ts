// What had happened up to a moment, what came next, and how were the servers then? Asked anew for each moment; what is known
// of the moment before stays until its answers have all come.
import { useEffect, useState } from "react";
import type { StateAt } from "../../../src/contract/timeline.ts";
import { api, wordsOf } from "../api.ts";
import type { EventLine } from "./lines.ts";
import { linesOf } from "./past.ts";

export interface Scene {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Newest first, none later than `at`. */
  readonly lines: readonly EventLine[];
  /** There are more before them. */
  readonly more: boolean;
  /** When the next event happened, null when none has. */
  readonly next: number | null;
  readonly states: readonly StateAt[];
}

interface Known {
  readonly scene: Scene | null;
  /** The moment that could not be read, and why not. */
  readonly refused: { readonly at: number; readonly words: string } | null;
}

/** Lines of one page. */
const LINES = 200;
/** Rows that tell no line may come first. */
const AHEAD = 20;

async function read(at: number, signal: AbortSignal): Promise<Scene> {
  const [past, ahead, moment] = await Promise.all([
    api("GET /api/events", { query: { until: String(at), limit: String(LINES) }, signal }),
    api("GET /api/events", { query: { since: String(at + 1), limit: String(AHEAD) }, signal }),
    api("GET /api/moment", { query: { at: String(at) }, signal }),
  ]);
  return {
    at,
    lines: linesOf(past.items),
    more: past.next !== undefined,
    next: linesOf(ahead.items)[0]?.at ?? ahead.items.at(-1)?.at ?? null,
    states: moment.servers,
  };
}

/** @param at milliseconds since 1970. */
export function useMoment(at: number): Known {
  const [known, setKnown] = useState<Known>({ scene: null, refused: null });
  useEffect(() => {
    const life = new AbortController();
    read(at, life.signal).then(
      (scene) => setKnown({ scene, refused: null }),
      (error: unknown) => {
        if (!life.signal.aborted) setKnown(({ scene }) => ({ scene, refused: { at, words: wordsOf(error) } }));
      },
    );
    return () => life.abort();
  }, [at]);
  return known;
}
