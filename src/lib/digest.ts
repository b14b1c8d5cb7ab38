// When is it time for a line that sums up what a part has done? After a minute in which something happened, else every ten
// minutes: a log shows that the part lives, and does not fill up with lines that say nothing.

const BUSY_MS = 60_000;
const IDLE_MS = 600_000;

export class Digest {
  #toldAt: number;

  /** `now`: monotonic milliseconds. */
  constructor(now: number) {
    this.#toldAt = now;
  }

  /** Whether a line is due; with that answer the next one is a minute away. `happened`: anything since the last line. */
  isDue(now: number, happened: boolean): boolean {
    const due = now - this.#toldAt >= (happened ? BUSY_MS : IDLE_MS);
    if (due) this.#toldAt = now;
    return due;
  }
}
