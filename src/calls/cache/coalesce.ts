// How do equal calls share one question to the server? The first asks, those that come while it waits are answered with it.
// Each keeps its own deadline and its own cancellation; when the one that asks fails or leaves, another takes its place.

import type { Call, Handler, Layer, Target } from "#calls/call.ts";
import { timeoutFault } from "#calls/deadline.ts";
import { begun } from "#calls/with-end.ts";
import { isFault, toFault } from "#contract/fault.ts";
import { Deadlines, type Timed } from "#lib/deadlines.ts";
import { type Chained, Table } from "#lib/table.ts";
import type { World } from "#lib/world.ts";
import type { Reply } from "#upstream/transport.ts";
import { sharedCopy } from "./held.ts";
import type { Row, Stamp } from "./shelf.ts";

/** Calls that wait for one question's answer at most, beside its own. Those that come later stand in line behind it. */
export const MAX_WAITERS = 256;

/** What may be asked of a server on behalf of many. */
export class Question implements Chained {
  readonly key: string;
  next: this | undefined = undefined;
  readonly row: Row;
  /** When it was asked: an answer from before an invalidation is not shared with whoever came after. */
  stamp: Stamp;
  /** How it is asked; undefined unless it is on its way to the server. */
  ask: Handler | undefined = undefined;
  /** How often the same has failed before and was asked again. */
  failures = 0;
  /** Who is answered with it; undefined while there is nobody. */
  waiters: Waiter<Reply>[] | undefined = undefined;
  /** Who looks again when it is over; undefined while there is nobody. */
  line: Waiter<void>[] | undefined = undefined;

  constructor(key: string, row: Row) {
    this.key = key;
    this.row = row;
    this.stamp = row.stamp;
  }

  get waiting(): number {
    return this.waiters?.length ?? 0;
  }

  /** Whether its answer is one for that question too: nothing was invalidated between them. */
  answers({ stamp }: Question): boolean {
    return this.stamp === stamp;
  }
}

/** Whoever takes over a failed question does so once; then all hear why. */
const MAX_PROMOTIONS = 1;

/** Whoever asks a question that others may share says how it ended: `landed` or `failed`, and then `release`. */
export class Coalescer {
  readonly #asked = new Table<Question>();
  readonly #deadlines: Deadlines;

  constructor(world: World) {
    this.#deadlines = new Deadlines(world);
  }

  readonly layer: Layer = (next) => (call) => {
    const { question } = call;
    if (question === undefined) return next(call);
    const asked = this.#asked.get(question.key);
    if (asked?.answers(question) === true && asked.waiting < MAX_WAITERS) {
      asked.waiters ??= [];
      return new Waiter<Reply>(call, asked.waiters, this.#deadlines).outcome;
    }
    this.#lead(question, next, asked);
    return next(call);
  };

  /** Whether the question is being asked now. */
  asks(key: string): boolean {
    return this.#asked.get(key) !== undefined;
  }

  /** Resolves when the question is over for which as many wait as may; undefined when there is room, or nobody asks it. */
  stand(call: Call, question: Question): Promise<void> | undefined {
    const asked = this.#asked.get(question.key);
    if (asked?.answers(question) !== true || asked.waiting < MAX_WAITERS) return undefined;
    asked.line ??= [];
    return new Waiter<void>(call, asked.line, this.#deadlines).outcome;
  }

  /** The server has answered: so are all who wait for it. Answers the reply that goes on, which may be another copy. */
  landed(question: Question, reply: Reply, tookMs: number): Reply {
    if (!this.#isOver(question) || question.waiting === 0) return reply;
    return shareOut(question, reply, tookMs);
  }

  /** It has failed: one of those who wait for it takes it over, or all hear why. */
  failed(question: Question, error: unknown): void {
    const { ask } = question;
    if (this.#isOver(question)) this.#promote(question, ask as Handler, error);
  }

  /** The question is over, and its answer is kept if it could be: whoever stands in line behind it looks again. */
  release({ line }: Question): void {
    if (line === undefined) return;
    for (const waiter of line.slice()) waiter.settle();
  }

  #lead(question: Question, ask: Handler, before: Question | undefined): void {
    if (before !== undefined) this.#asked.delete(before);
    question.ask = ask;
    this.#asked.add(question);
  }

  /** False for one that never was on its way itself. */
  #isOver(question: Question): boolean {
    if (question.ask === undefined) return false;
    question.ask = undefined;
    this.#asked.delete(question);
    return true;
  }

  // Leaving is nobody's failure: it may happen as often as there are callers.
  #promote({ waiters = [], failures: before }: Question, ask: Handler, error: unknown): void {
    const [first, ...others] = waiters;
    if (first === undefined) return;
    const failures = isFault(error, "CANCELLED") ? before : before + 1;
    if (failures > MAX_PROMOTIONS) {
      for (const waiter of waiters.slice()) waiter.fail(toFault(error));
      return;
    }
    const question = first.call.question as Question;
    question.stamp = question.row.stamp;
    const current = this.#asked.get(question.key);
    if (current?.answers(question) === true && current.waiting + waiters.length <= MAX_WAITERS) {
      move(waiters.slice(), current);
      return;
    }
    question.failures = failures;
    first.end();
    move(others, question);
    this.#lead(question, ask, current);
    begun(ask, first.call).then(first.resolve, first.reject);
  }
}

function move(waiters: readonly Waiter<Reply>[], to: Question): void {
  to.waiters ??= [];
  for (const waiter of waiters) waiter.changeTo(to.waiters);
}

function shareOut(question: Question, reply: Reply, tookMs: number): Reply {
  const own = sharedCopy(reply);
  question.row.counts.saved(tookMs * question.waiting);
  for (const waiter of question.waiters?.slice() ?? []) {
    waiter.call.disposition = "coalesced";
    waiter.settle(own);
  }
  return own;
}

/** One call that waits for another's, in a place that it shares with others. */
class Waiter<T> implements Timed {
  slot: number | undefined;
  readonly endsAt: number;
  readonly call: Call;
  readonly resolve: (outcome: T) => void;
  readonly reject: (reason: unknown) => void;
  /** What it waits for; or why this call gets none. */
  readonly outcome: Promise<T>;
  readonly #deadlines: Deadlines;
  #place: Waiter<T>[];

  constructor(call: Call, place: Waiter<T>[], deadlines: Deadlines) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.outcome = promise;
    this.resolve = resolve;
    this.reject = reject;
    this.call = call;
    this.endsAt = call.startedAt + (call.target as Target).timeoutMs;
    this.#deadlines = deadlines;
    this.#place = place;
    place.push(this);
    deadlines.add(this);
    call.control.addEventListener("abort", this);
    if (call.control.aborted) this.handleEvent();
  }

  /** Waits elsewhere from now on. */
  changeTo(place: Waiter<T>[]): void {
    this.#quit();
    this.#place = place;
    place.push(this);
  }

  settle(outcome: T): void {
    this.end();
    this.resolve(outcome);
  }

  fail(reason: unknown): void {
    this.end();
    this.reject(reason);
  }

  /** Its time is over, though not that of the question. */
  expire(): void {
    this.fail(timeoutFault(this.call, (this.call.target as Target).timeoutMs));
  }

  /** Its caller cancelled. */
  handleEvent(): void {
    this.fail(this.call.control.reason);
  }

  /** Waits no longer. */
  end(): void {
    this.#quit();
    this.#deadlines.delete(this);
    this.call.control.removeEventListener("abort", this);
  }

  #quit(): void {
    const at = this.#place.indexOf(this);
    if (at !== -1) this.#place.splice(at, 1);
  }
}
