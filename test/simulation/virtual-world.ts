// Whose time passes in a simulation? A world whose clock jumps from timer to timer; between two timers every promise settles.
// Timers round as Node's do (whole milliseconds, counted from the whole one before), so they may come up to 2 ms early.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Cancel, World } from "../../src/lib/world.ts";
import type { Dice } from "./random.ts";
import { type Timer, Timers } from "./timers.ts";

const EPOCH = 1_800_000_000_000;
/** The world outside the gateway: servers, callers, nemesis. */
export const OUTSIDE = "outside";

type Enter = <T>(run: () => T) => T;

export class VirtualWorld {
  /** Monotonic milliseconds. */
  now = 0;
  /** Set to end the run after the present step. */
  halted = false;
  /** Remembers for every timer where it was set; slow. */
  traces = false;
  /** Timers that have run. */
  steps = 0;
  readonly #timers = new Timers();
  /** On whose behalf something runs; timers and promises hand it on. */
  readonly #owner = new AsyncLocalStorage<string>();
  /** A way into each owner's context, made once: to make a new context for every timer would take a third of all the time. */
  readonly #contexts = new Map<string, Enter>();
  readonly #stalls: { readonly endedAt: number; readonly ms: number }[] = [];
  #order = 0;
  #wallOffset = 0;

  /** The world as one part of the gateway sees it. */
  view(part: string, dice: Pick<Dice, "roll">): World {
    return {
      now: () => this.now,
      wall: () => Math.floor(EPOCH + this.now + this.#wallOffset),
      random: dice.roll,
      stalledMs: (since) => this.stalledMs(since),
      after: (ms, run) =>
        this.#add(Math.floor(this.now) + Math.max(1, Math.trunc(ms)), {
          run,
          part,
          owner: this.#owner.getStore() ?? "",
        }),
    };
  }

  /** Something outside happens in `ms`, on behalf of `owner`. */
  outside(ms: number, owner: string, run: () => void): Cancel {
    return this.#add(this.now + Math.max(0, ms), { run, part: OUTSIDE, owner });
  }

  /** How many timers were made so far. */
  get order(): number {
    return this.#order;
  }

  /** Everything that `run` sets in motion is done on behalf of `owner`. */
  as<T>(owner: string, run: () => T): T {
    let enter = this.#contexts.get(owner);
    if (enter === undefined) {
      enter = this.#owner.run(owner, () => AsyncLocalStorage.snapshot());
      this.#contexts.set(owner, enter);
    }
    return enter(run);
  }

  stepWallClock(ms: number): void {
    this.#wallOffset += ms;
  }

  /** The process does nothing for `ms`: then its own overdue timers run, and only then what the network brought meanwhile. */
  stall(ms: number): void {
    this.now += ms;
    this.#stalls.push({ endedAt: this.now, ms });
    const due = this.#timers.all().filter(({ at }) => at <= this.now);
    due.sort((a, b) => Number(a.part === OUTSIDE) - Number(b.part === OUTSIDE) || a.at - b.at || a.order - b.order);
    for (const timer of due) {
      timer.at = this.now;
      timer.order = ++this.#order;
    }
    this.#timers.rebuild();
  }

  /** The longest stall that ended after `since`, in milliseconds. */
  stalledMs(since: number): number {
    let longest = 0;
    for (const { endedAt, ms } of this.#stalls) if (endedAt >= since) longest = Math.max(longest, ms);
    return longest;
  }

  timersOf(match: (timer: Timer) => boolean): Timer[] {
    return this.#timers.all().filter(match);
  }

  /** Runs timer after timer up to and including `end`, or until `halted`; then it is `end`. */
  async run(end: number): Promise<void> {
    await settled();
    await new Promise<void>((resolve) => {
      const step = (): void => {
        const next = this.#timers.peek();
        if (this.halted || next === undefined || next.at > end) return resolve();
        this.#fire(next);
        queueMicrotask(later);
      };
      const later = (): void => process.nextTick(step);
      later();
    });
    if (!this.halted) this.now = Math.max(this.now, end);
  }

  /** Runs until the promise settles, for at most `ms`; answers whether it did. */
  async runFor(work: Promise<unknown>, ms: number): Promise<boolean> {
    const end = this.now + ms;
    let done = false;
    work.then(
      () => (done = true),
      () => (done = true),
    );
    await settled();
    while (!done && !this.halted) {
      const next = this.#timers.peek();
      if (next === undefined || next.at > end) return false;
      await this.run(next.at);
    }
    return done;
  }

  #fire(timer: Timer): void {
    this.#timers.take();
    timer.live = false;
    this.now = Math.max(this.now, timer.at);
    this.steps++;
    this.as(timer.owner, timer.run);
  }

  #add(at: number, { run, part, owner }: Pick<Timer, "run" | "part" | "owner">): Cancel {
    const trace = this.traces ? new Error("set here").stack : undefined;
    const timer: Timer = { at, order: ++this.#order, run, part, owner, live: true, trace };
    this.#timers.add(timer);
    return () => {
      timer.live = false;
    };
  }
}

/**
 * Resolves when nothing is left that waits for promises alone. A tick that was asked for by a microtask runs after all
 * microtasks; it costs a fifth of a microsecond, a tenth of what a turn of the event loop costs.
 */
export const settled = (): Promise<void> => new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
