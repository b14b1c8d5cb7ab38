// Was this process itself too busy to keep time? A heartbeat that comes late by how long the event loop was held up;
// the newest of those delays are remembered, so that a limit that passed meanwhile can be judged fairly.

export interface Stalls {
  /** Milliseconds of the longest delay that ended after `since` (of `performance.now()`), one that still lasts included. */
  longestSince(since: number): number;
}

const BEAT_MS = 50;
/** Shorter delays are everyday life. */
const WORTH_NOTING_MS = 20;
const KEPT = 256;

/** Watches from the first call on; the timer does not keep the process alive. */
export function watchStalls(): Stalls {
  const ends = new Float64Array(KEPT);
  const lengths = new Float64Array(KEPT);
  let noted = 0;
  let dueAt = performance.now() + BEAT_MS;
  const beat = (): void => {
    const now = performance.now();
    const lateMs = now - dueAt;
    if (lateMs >= WORTH_NOTING_MS) {
      ends[noted % KEPT] = now;
      lengths[noted % KEPT] = lateMs;
      noted++;
    }
    dueAt = now + BEAT_MS;
  };
  setInterval(beat, BEAT_MS).unref();
  return {
    longestSince(since) {
      let longest = Math.max(0, performance.now() - dueAt);
      for (let back = 1; back <= Math.min(noted, KEPT); back++) {
        const slot = (noted - back) % KEPT;
        if ((ends[slot] as number) < since) break;
        longest = Math.max(longest, lengths[slot] as number);
      }
      return longest;
    },
  };
}
