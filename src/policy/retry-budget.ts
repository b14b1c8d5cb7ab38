// How much may retries add to the load of a server that is in trouble? A fifth of the calls made, and a small reserve.
// Counted in fifths of a retry, so that no rounding adds up.

/** What a call adds and what a retry takes. */
const CALL = 1;
const RETRY = 5;
const RESERVE = 3 * RETRY;
const MOST = 10 * RETRY;

/** One upstream's: over any stretch of time its retries are at most 0.2 x calls + 10, from its making on 0.2 x calls + 3. */
export class RetryBudget {
  #fifths = RESERVE;

  /** For the first attempt of every call. */
  deposit(): void {
    this.#fifths = Math.min(MOST, this.#fifths + CALL);
  }

  /** False when nothing is left: the retry must not be made. */
  withdraw(): boolean {
    if (this.#fifths < RETRY) return false;
    this.#fifths -= RETRY;
    return true;
  }
}
