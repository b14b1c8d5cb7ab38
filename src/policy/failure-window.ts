// Which share of the recent calls failed, which was slow? Ten fixed buckets over thirty seconds: old calls leave by
// themselves, and a call costs a few additions. Knows no clock: every question brings its moment.

const BUCKETS = 10;
const BUCKET_MS = 3_000;
/** Below this many calls a share means nothing. */
export const MIN_CALLS = 10;

/** `over` names the rule that is exceeded. */
export type WindowVerdict = { readonly over: "failures" | "slowness"; readonly share: number } | null;

export interface Ratios {
  /** Shares from which on a rule is exceeded, 0-1; above 1 it is off. */
  readonly failureRatio: number;
  readonly slowRatio: number;
}

export class FailureWindow {
  readonly #calls = new Uint32Array(BUCKETS);
  readonly #failed = new Uint32Array(BUCKETS);
  readonly #slow = new Uint32Array(BUCKETS);
  /** Number of the newest bucket since the clock's zero. */
  #newest = 0;

  /** `now`: monotonic milliseconds, never going back. */
  note(now: number, call: { failed: boolean; slow: boolean }): void {
    const slot = this.#turnTo(now);
    this.#calls[slot] = (this.#calls[slot] as number) + 1;
    if (call.failed) this.#failed[slot] = (this.#failed[slot] as number) + 1;
    if (call.slow) this.#slow[slot] = (this.#slow[slot] as number) + 1;
  }

  verdict(now: number, { failureRatio, slowRatio }: Ratios): WindowVerdict {
    this.#turnTo(now);
    const calls = sum(this.#calls);
    if (calls < MIN_CALLS) return null;
    const failed = sum(this.#failed) / calls;
    if (failed >= failureRatio) return { over: "failures", share: failed };
    const slow = sum(this.#slow) / calls;
    return slow >= slowRatio ? { over: "slowness", share: slow } : null;
  }

  clear(): void {
    for (const counts of [this.#calls, this.#failed, this.#slow]) counts.fill(0);
  }

  #turnTo(now: number): number {
    const bucket = Math.floor(now / BUCKET_MS);
    const passed = Math.min(bucket - this.#newest, BUCKETS);
    for (let step = 1; step <= passed; step++) {
      const slot = (this.#newest + step) % BUCKETS;
      this.#calls[slot] = 0;
      this.#failed[slot] = 0;
      this.#slow[slot] = 0;
    }
    if (passed > 0) this.#newest = bucket;
    return this.#newest % BUCKETS;
  }
}

const sum = (counts: Uint32Array): number => counts.reduce((total, count) => total + count, 0);
