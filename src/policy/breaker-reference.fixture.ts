// How must a breaker behave? A second one, written from the chart and the settings' docs alone, as plainly as possible: it
// changes in place, keeps its trials by token, and shares no code with policy/breaker.
import type { BreakerSettings, CircuitState } from "#contract/upstream.ts";
import type { Cause, StoredBreaker, Verdict } from "./breaker-state.ts";

/** What a caller holds: given in one epoch of the breaker, as a trial or not. */
export interface Token {
  readonly epoch: number;
  readonly trial: boolean;
}

export class ReferenceBreaker {
  word: CircuitState = "closed";
  epoch = 0;
  callsInARow = 0;
  checksInARow = 0;
  cycles = 0;
  retryAt = 0;
  readonly #settings: BreakerSettings;
  #openedBefore = 0;
  #openedBy: Cause = "checks";
  #closedAt: number;
  #succeeded = 0;
  #trialEnds = new Map<Token, number>();

  constructor(settings: BreakerSettings, now: number, stored?: StoredBreaker) {
    this.#settings = settings;
    this.#closedAt = now;
    if (stored === undefined) return;
    this.#openedBefore = this.cycles = stored.cycles;
    if (stored.kind === "closed") return;
    this.#enter(stored.kind === "isolated" ? "isolated" : "open");
    const leftMs = stored.kind === "open" ? stored.retryInMs : 0;
    this.retryAt = now + Math.max(0, Math.min(leftMs, settings.maxOpenMs));
    this.#openedBy = "calls";
    this.checksInARow = stored.failures;
  }

  /** Trials whose end is still awaited. */
  trialsOut = (now: number): number => [...this.#trialEnds.values()].filter((end) => end > now).length;

  /** A token, or the milliseconds to wait; null when nobody knows. */
  admit(now: number, trialMs: number): Token | number | null {
    if (this.word === "isolated") return null;
    if (this.word === "closed") return { epoch: this.epoch, trial: false };
    if (this.word === "open" && now < this.retryAt) return this.retryAt - now;
    this.due(now);
    if (this.trialsOut(now) >= this.#settings.trials) {
      const ends = [...this.#trialEnds.values()].filter((end) => end > now);
      return Math.min(1_000, Math.min(...ends) - now);
    }
    for (const [token, end] of this.#trialEnds) if (end <= now) this.#trialEnds.delete(token);
    const token = { epoch: this.epoch, trial: true };
    this.#trialEnds.set(token, now + trialMs);
    return token;
  }

  settle(token: Token, verdict: Verdict, { now, random }: { now: number; random: number }): void {
    if (token.trial ? !this.#trialEnds.delete(token) : this.word !== "closed" || token.epoch !== this.epoch) return;
    if (verdict === "fail") {
      this.callsInARow++;
      if (token.trial) this.open(this.#openedBy, { now, random });
      else if (this.#failedEnough()) this.open("calls", { now, random });
    } else if (verdict === "pass") {
      if (token.trial) return this.#success(now);
      this.callsInARow = this.cycles = 0;
      this.#well(now);
    }
  }

  check(seen: "pass" | "fail" | "newLink", { now, random }: { now: number; random: number }): void {
    if (seen === "fail") {
      this.checksInARow++;
      if (this.word === "half_open") this.open(this.#openedBy, { now, random });
      else if (this.word === "closed" && this.#failedEnough()) this.open("checks", { now, random });
    } else if (this.word === "open") {
      if (seen === "pass" && this.#openedBy === "calls") return;
      this.#enter("half_open");
      this.#success(now);
    } else if (this.word === "half_open") {
      if (seen === "newLink" && this.trialsOut(now) === 0) this.#success(now);
    } else if (this.word === "closed") this.#well(now);
    else this.checksInARow = 0;
  }

  due(now: number): void {
    if (this.word === "open" && now >= this.retryAt) this.#enter("half_open");
  }

  defer(until: number): void {
    if (this.word === "open") this.retryAt = Math.max(this.retryAt, until);
  }

  isolate(): void {
    if (this.word !== "isolated") this.#enter("isolated");
  }

  release(): void {
    if (this.word !== "isolated") return;
    this.#enter("half_open");
    this.#openedBy = "checks";
  }

  reset(now: number): void {
    this.#openedBefore = 0;
    this.#close(now, 0);
  }

  open(by: Cause, { now, random }: { now: number; random: number }): void {
    if (this.word === "isolated") return;
    this.#openedBy = by;
    this.#enter("open");
    const { openMs, maxOpenMs, jitter } = this.#settings;
    let longest = openMs;
    for (let doubled = 0; doubled < this.#openedBefore && longest < maxOpenMs; doubled++) longest *= 2;
    this.retryAt = now + Math.round(Math.min(longest, maxOpenMs) * (1 - jitter * random));
    this.#openedBefore++;
    this.cycles++;
  }

  #failedEnough = (): boolean => this.callsInARow + this.checksInARow >= this.#settings.failures;

  #well(now: number): void {
    this.checksInARow = 0;
    if (now - this.#closedAt >= 5 * 60_000) this.#openedBefore = 0;
  }

  #success(now: number): void {
    this.checksInARow = 0;
    if (++this.#succeeded >= this.#settings.successes) this.#close(now, this.#openedBy === "calls" ? this.cycles : 0);
  }

  #close(now: number, cyclesLeft: number): void {
    this.#enter("closed");
    this.callsInARow = this.checksInARow = 0;
    this.cycles = cyclesLeft;
    this.#closedAt = now;
  }

  #enter(word: CircuitState): void {
    this.word = word;
    this.epoch++;
    this.#succeeded = 0;
    this.#trialEnds = new Map();
  }
}
