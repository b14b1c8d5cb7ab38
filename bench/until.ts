// How does the benchmark wait for a condition of another process? By asking, not by guessing a duration.
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;

/** Asks every 20 ms; throws with `what` after 30 s. A question that throws counts as "not yet". */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const endAt = performance.now() + 30_000;
  let last: unknown;
  while (performance.now() < endAt) {
    try {
      if (await isTrue()) return;
    } catch (error) {
      last = error;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`After 30 s it is still not so that ${what}`, { cause: last });
}
