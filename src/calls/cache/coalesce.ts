// How do equal calls share one question to the server? The first asks, those that come while it waits are answered with it.
// Each keeps its own deadline and its own cancellation; when the one that asks fails or leaves, another takes its place.

import type { Call, Handler, Layer, Target } from "#calls/call.ts";
import { timeoutFault } from "#calls/deadline.ts";
import { isFault, toFault } from "#contract/fault.ts";
import { returnBuffer } from "#lib/buffer-pool.ts";
import { Deadlines, type Timed } from "#lib/deadlines.ts";
import { Register } from "#lib/roster.ts";
import type { World } from "#lib/world.ts";
import type { Reply } from "#upstream/transport.ts";
import { ownReply } from "./entry.ts";
import type { Row, Stamp } from "./shelf.ts";

/** Calls that one question may answer beside its own; the next one asks for itself. */
export const MAX_WAITERS = 256;

/** A question that others may share, as the cache found it. */
export interface Question {
  readonly key: string;
  readonly row: Row;
  /** When it was asked: an answer from before an invalidation is not shared with whoever came after. */
  stamp: Stamp;
  /** The reply's bytes are a copy that nobody else writes to. */
  owned: boolean;
}

/** Whoever takes over a failed question does so once; then all hear why. */
const MAX_PROMOTIONS = 1;

export class Coalescer {
  readonly #flights = new Register<Flight>();
  readonly #deadlines: Deadlines;

  constructor(world: World) {
    this.#deadlines = new Deadlines(world);
  }

  readonly layer: Layer = (next) => (call) => {
    const { question } = call;
    if (question === undefined) return next(call);
    const flight = this.#flights.get(question.key);
    if (flight?.takes(question) === true) return new Waiter(call, flight, this.#deadlines).outcome;
    return this.#lead(next, call, new Flight(question, 0));
  };

  /** Whether the question is being asked now. */
  asks(key: string): boolean {
    return this.#flights.get(key) !== undefined;
  }

  async #lead(next: Handler, call: Call, flight: Flight): Promise<Reply> {
    const { key } = flight.question;
    this.#flights.set(key, flight);
    let reply: Reply;
    try {
      reply = await next(call);
    } catch (error) {
      this.#leave(key, flight);
      this.#promote(next, flight, error);
      throw error;
    }
    this.#leave(key, flight);
    return flight.waiters.length === 0 ? reply : land(flight, reply);
  }

  #leave(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
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
    const following = new Flight(question, failures);
    first.end();
    for (const waiter of others) waiter.changeTo(following);
    first.call.disposition = "miss";
    this.#lead(next, first.call, following).then(first.resolve, first.reject);
  }
}

function land(flight: Flight, reply: Reply): Reply {
  const own = ownReply(reply);
  returnBuffer(reply.bytes);
  flight.question.owned = true;
  for (const waiter of flight.waiters.slice()) waiter.land(own);
  return own;
}

class Flight {
  readonly question: Question;
  /** How often the question has failed and was asked again. */
  readonly failures: number;
  readonly waiters: Waiter[] = [];

  constructor(question: Question, failures: number) {
    this.question = question;
    this.failures = failures;
  }

  takes({ stamp }: Question): boolean {
    return this.question.stamp === stamp && this.waiters.length < MAX_WAITERS;
  }
}

/** One call that waits for another's answer. */
class Waiter implements Timed {
  slot: number | undefined;
  readonly endsAt: number;
  readonly call: Call;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (reason: unknown) => void;
  /** The reply, marked as shared; or why this call gets none. */
  readonly outcome: Promise<Reply>;
  readonly #deadlines: Deadlines;
  #flight: Flight;

  constructor(call: Call, flight: Flight, deadlines: Deadlines) {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.outcome = promise;
    this.resolve = resolve;
    this.reject = reject;
    this.call = call;
    this.endsAt = call.startedAt + (call.target as Target).timeoutMs;
    this.#deadlines = deadlines;
    this.#flight = flight;
    flight.waiters.push(this);
    deadlines.add(this);
    call.control.addEventListener("abort", this);
    if (call.control.aborted) this.handleEvent();
  }

  /** Waits for another's answer from now on. */
  changeTo(flight: Flight): void {
    this.#quit();
    this.#flight = flight;
    flight.waiters.push(this);
  }

  land(reply: Reply): void {
    this.end();
    this.call.disposition = "coalesced";
    (this.call.question as Question).owned = true;
    this.resolve(reply);
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
    const at = this.#flight.waiters.indexOf(this);
    if (at !== -1) this.#flight.waiters.splice(at, 1);
  }
}
