// What does the gateway answer to this question now? Asked again at intervals while the page is in view, and when a revision grows.
import { useEffect, useRef, useState } from "react";
import type { Routes } from "../../../src/contract/api.ts";
import { type Ask, api, wordsOf } from "../api.ts";

type Answer<K extends keyof Routes> = Routes[K]["answer"];

/** `value` stays the last known answer while a newer one is fetched or has failed. */
export interface Answered<T> {
  readonly value: T | null;
  readonly problem: string | null;
}

export interface Again {
  /** Milliseconds between an answer and the next question; without it there is none. */
  readonly everyMs?: number;
  /** Whenever it changes, what is known may be out of date. */
  readonly revision?: number;
}

/** Several changes often come at once: one question for all of them, milliseconds. */
const GATHER_MS = 120;

interface Loop {
  readonly ask: (signal: AbortSignal) => Promise<void>;
  readonly everyMs: number | undefined;
  readonly firstMs: number;
}

/** Runs the questions one after another until the returned stop is called; none is asked while the page is hidden. */
function keepAsking({ ask, everyMs, firstMs }: Loop): () => void {
  const life = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let late = false;
  const round = async (): Promise<void> => {
    if (asking) return;
    late = document.visibilityState === "hidden";
    if (late) return;
    asking = true;
    await ask(life.signal);
    asking = false;
    if (everyMs !== undefined && !life.signal.aborted) timer = setTimeout(() => void round(), everyMs);
  };
  const onVisible = (): void => void (late && round());
  timer = setTimeout(() => void round(), firstMs);
  document.addEventListener("visibilitychange", onVisible);
  return () => {
    life.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisible);
  };
}

/** Give the component that uses it a key where the question's `params` can change: an answer is never another question's. */
export function useAnswer<K extends keyof Routes>(key: K, ask: Ask<K>, again: Again = {}): Answered<Answer<K>> {
  const [answered, setAnswered] = useState<Answered<Answer<K>>>({ value: null, problem: null });
  const { everyMs, revision } = again;
  const question = useRef(ask);
  const asked = useRef<number | undefined>(revision);
  useEffect(() => {
    const firstMs = asked.current === revision ? 0 : GATHER_MS;
    asked.current = revision;
    const once = async (signal: AbortSignal): Promise<void> => {
      try {
        const value = await api(key, { ...question.current, signal });
        if (!signal.aborted) setAnswered({ value, problem: null });
      } catch (error) {
        if (!signal.aborted) setAnswered((known) => ({ ...known, problem: wordsOf(error) }));
      }
    };
    return keepAsking({ ask: once, everyMs, firstMs });
  }, [key, everyMs, revision]);
  return answered;
}
