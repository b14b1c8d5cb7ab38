// How do equal calls share one question to the server? The first asks, those that come while it waits are answered with it.
// Each keeps its own deadline and its own cancellation; when the one that asks fails or leaves, another takes its place.

import type { Call, Handler, Layer, Target } from "#calls/call.ts";
import { timeoutFault } from "#calls/deadline.ts";
import { begun } from "#calls/with-end.ts";
import { isFault, toFault } from "#contract/fault.ts";
import { returnBuffer } from "#lib/buffer-pool.ts";
import { Deadlines, type Timed } from "#lib/deadlines.ts";
import { type Chained, Table } from "#lib/table.ts";
import type { World } from "#lib/world.ts";
import type { Reply } from "#upstream/transport.ts";
import { ownReply } from "./entry.ts";
import type { Row, Stamp } from "./shelf.ts";

/** Calls that wait for one question's answer at most, beside its own. Those that come later stand in line behind it. */
export const MAX_WAITERS = 256;

/** A question that others may share, as the cache found it. */
export interface Question {
  readonly key: string;
  readonly row: Row;
  /** When it was asked: an answer from before an invalidation is not shared with whoever came after. */
  stamp: Stamp;
  /** The reply's bytes are a copy that nobody else writes to. */
  owned: boolean;
  /** Who looks again when it is over; undefined while there is nobody. */
  line: Waiter<void>[] | undefined;
}

/** Whoever takes over a failed question does so once; then all hear why. */
const MAX_PROMOTIONS = 1;

export class Coalescer {
  readonly #flights = new Table<Flight>();
  readonly #deadlines: Deadlines;

  constructor(world: World) {
    this.#deadlines = new Deadlines(world);
  }

  readonly layer: Layer = (next) => (call) => {
    const { question } = call;
    if (question === undefined) return next(call);
    const flight = this.#flights.get(question.key);
    if (flight?.answers(question) === true && !flight.isFull) {
      return new Waiter<Reply>(call, flight.waiters, this.#deadlines).outcome;
    }
    return this.#lead(next, call, new Flight(question, 0));
  };

  /** Whether the question is being asked now. */
  asks(key: string): boolean {
    return this.#flights.get(key) !== undefined;
  }

  /** Resolves when the question is over for which as many wait as may; undefined when there is room, or nobody asks it. */
  stand(call: Call, question: Question): Promise<void> | undefined {
    const flight = this.#flights.get(question.key);
    if (flight?.answers(question) !== true || !flight.isFull) return undefined;
    const { question: asked } = flight;
    asked.line ??= [];
    return new Waiter<void>(call, asked.line, this.#deadlines).outcome;
  }

  /** The question is over, and its answer is kept if it could be: whoever stands in line behind it looks again. */
  release({ line }: Question): void {
    if (line === undefined) return;
    for (const waiter of line.slice()) waiter.settle();
  }

  #lead(next: Handler, call: Call, flight: Flight): Promise<Reply> {
    const before = this.#flights.get(flight.key);
    if (before !== undefined) this.#flights.delete(before);
    this.#flights.add(flight);
    return begun(next, call).then(
      (reply) => {
        this.#flights.delete(flight);
        return flight.waiters.length === 0 ? reply : land(flight, reply, call.upstreamMs ?? 0);
      },
      (error) => {
        this.#flights.delete(flight);
        this.#promote(next, flight, error);
        throw error;
      },
    );
  }

  // Leaving is nobody's failure: it may happen as often as there are callers.
  #promote(next: Handler, flight: Flight, error: unknown): void {
    const [first, ...others] = flight.waiters;
    if (first === undefined) return;
    const failures = isFault(error, "CANCELLED") ? flight.failures : flight.failures + 1;
    if (failures > MAX_PROMOTIONS) {
      for (const waiter of flight.waiters.slice()) waiter.fail(toFault(error));
      return;
    }
    const question = first.call.question as Question;
    question.stamp = question.row.stamp;
    const current = this.#flights.get(question.key);
    if (current?.answers(question) === true && current.waiters.length + flight.waiters.length <= MAX_WAITERS) {
      for (const waiter of flight.waiters.slice()) waiter.changeTo(current.waiters);
      return;
    }
    const following = new Flight(question, failures);
    first.end();
    for (const waiter of others) waiter.changeTo(following.waiters);
    this.#lead(next, first.call, following).then(first.resolve, first.reject);
  }
}

function land({ question, waiters }: Flight, reply: Reply, tookMs: number): Reply {
  const own = ownReply(reply);
  returnBuffer(reply.bytes);
  question.owned = true;
  question.row.counts.saved(tookMs * waiters.length);
  for (const waiter of waiters.slice()) {
    waiter.call.disposition = "coalesced";
    waiter.settle(own);
  }
  return own;
}

class Flight implements Chained {
  readonly key: string;
  next: this | undefined;
  readonly question: Question;
  /** How often the question has failed and was asked again. */
  readonly failures: number;
  readonly waiters: Waiter<Reply>[] = [];

  constructor(question: Question, failures: number) {
    this.key = question.key;
    this.question = question;
    this.failures = failures;
  }

  get isFull(): boolean {
    return this.waiters.length >= MAX_WAITERS;
  }

  /** Whether its answer is one for that question too: nothing was invalidated between them. */
  answers({ stamp }: Question): boolean {
    return this.question.stamp === stamp;
  }
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
