// What is true about every call: how often it was attempted and carried out, and how it ended? Each rule about calls is judged here.
import type { Call } from "../../src/calls/call.ts";
import type { CallRecord } from "../../src/contract/call.ts";
import { type Fault, toFault } from "../../src/contract/fault.ts";
import type { Reply } from "../../src/upstream/transport.ts";
import { baseOf } from "./cache-counts.ts";
import type { Asking, Moment } from "./cache-truth.ts";
import { textOf, toldBy } from "./replies.ts";
import type { Watch } from "./watch.ts";

/** Attempts of one call, all together. */
const MAX_ATTEMPTS = 3;
/** Attempts per call over time, and those on top that a budget begins with. */
const AMPLIFICATION = 1.2;
const RESERVE = 3;
/** What a budget may have saved up, once more for retries that were granted and wait for their turn, and a rounding error. */
const MAX_EXCESS = 20.001;
/** A call ends this long after its limit at the latest, milliseconds. */
const SLACK_MS = 20;
/** These say that nothing was carried out. */
const NOT_CARRIED_OUT = new Set(["BREAKER_OPEN", "OVERLOADED", "TOOL_NOT_FOUND", "SERVER_NOT_FOUND", "RATE_LIMITED"]);

/** After these it may still be carried out, for as long as the server may have had it in hand. */
const IN_DOUBT = new Set(["OUTCOME_UNKNOWN", "UPSTREAM_TIMEOUT", "CANCELLED"]);

export interface CallTruth extends Asking {
  readonly repeatable: boolean;
  /** The server's kept answers go when it is done, if it may write. */
  readonly empties: boolean;
  readonly askedAt: number;
  readonly timeoutMs: number;
  /** The server had been well and in service for a while: nothing may go wrong. */
  readonly guiltless: boolean;
  attempts: number;
  /** Attempts that met a forgotten session. */
  renewals: number;
  executed: number;
  settled: boolean;
  records: number;
  cancelled: boolean;
  /** When it was last carried out. */
  carriedOut: Moment;
  /** Nobody knows until then whether it will be carried out, in milliseconds. */
  doubtUntil: number;
}

/** Of one server's calls. */
interface Tally {
  asked: number;
  /** Without those that met a forgotten session: nothing was carried out, and they are made once more at once. */
  attempts: number;
  reserve: number;
  /** Retries of the worst stretch of time up to now, without the fifth of its calls that is allowed. */
  excess: number;
}

export class CallBook {
  readonly #watch: Watch;
  /** By the gateway's own id of the call. */
  readonly #calls = new Map<string, CallTruth>();
  readonly #open = new Set<CallTruth>();
  readonly #tallies = new Map<string, Tally>();
  readonly ends = new Map<string, number>();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /** Without those of the gateway itself. */
  asked = 0;

  get open(): number {
    return this.#open.size;
  }

  ask(truth: CallTruth): void {
    this.asked++;
    this.#calls.set(truth.id, truth);
    this.#open.add(truth);
  }

  /** A call that the cache does not answer. */
  asksServer(server: string): void {
    const tally = this.#tally(server);
    tally.asked++;
    if (tally.excess > 0) tally.excess = Math.max(0, tally.excess - (AMPLIFICATION - 1));
  }

  attempted(server: string, id: string): void {
    const truth = this.of(id);
    const tally = this.#tally(server);
    truth.attempts++;
    tally.attempts++;
    if (truth.attempts > 1 + truth.renewals) tally.excess++;
    if (tally.excess > MAX_EXCESS) this.#watch.broken("amplification", server, `${tally.excess} retries too many`);
    if (truth.attempts > MAX_ATTEMPTS)
      this.#watch.broken("attempts", server, `call ${id} was attempted ${truth.attempts} times`);
    if (truth.settled) this.#watch.broken("once", server, `call ${id} is attempted after it was answered`);
    if (truth.server !== server) this.#watch.broken("aim", server, `call ${id} was meant for ${truth.server}`);
    if (tally.attempts > AMPLIFICATION * tally.asked + tally.reserve)
      this.#watch.broken("amplification", server, `${tally.attempts} attempts for ${tally.asked} calls`);
  }

  /** The attempt met a session that the server had forgotten. */
  sessionLost(server: string, id: string): void {
    this.#tally(server).attempts--;
    this.of(id).renewals++;
  }

  /** The server was removed: another one of its name begins with another budget. */
  forgotten(server: string): void {
    const tally = this.#tally(server);
    tally.reserve += RESERVE;
    tally.excess = -MAX_EXCESS;
  }

  /** Answers what the server says then. */
  executed(server: string, id: string): string {
    const truth = this.of(id);
    const { cache, now } = this.#watch;
    const moment = cache.nextMoment();
    truth.executed++;
    truth.carriedOut = moment;
    if (truth.executed > 1 && !truth.repeatable)
      this.#watch.broken(
        "write twice",
        server,
        `call ${id} is not repeatable and was carried out ${truth.executed} times`,
      );
    if (truth.empties && truth.settled && now <= truth.doubtUntil) cache.overtaken(server, moment);
    const { principal, tool, key } = truth;
    return textOf({ origin: id, principal, tool, key, moment });
  }

  recorded(record: CallRecord): void {
    const truth = this.#calls.get(record.id);
    if (truth === undefined) return;
    truth.records++;
    if (truth.records > 1) this.#watch.broken("once", truth.server, `call ${truth.id} has ${truth.records} records`);
  }

  answered(truth: CallTruth, call: Call, reply: Reply): void {
    const { disposition } = call;
    const own = disposition === "miss" || disposition === "bypass" || disposition === "shadow" ? "ok" : disposition;
    this.#settle(truth, reply.scan.kind === "error" ? "error" : own);
    this.#watch.cache.answered(truth, call, toldBy(reply));
  }

  failed(truth: CallTruth, error: unknown): void {
    const fault = toFault(error);
    const { server, id } = truth;
    if (truth.attempts > 0 && IN_DOUBT.has(fault.code)) truth.doubtUntil = this.#watch.now + truth.timeoutMs;
    this.#settle(truth, fault.code);
    if (fault.code === "INTERNAL")
      this.#watch.broken("bug", server, `call ${id}: ${error instanceof Error ? error.stack : String(error)}`);
    if (truth.executed > 0 && !truth.repeatable && saysNothingDone(fault))
      this.#watch.broken("truth", server, `call ${id} was carried out and is told: ${fault.code} ${fault.message}`);
    if (truth.guiltless && this.#isUnjust(truth, fault))
      this.#watch.broken(
        "isolation",
        server,
        `call ${id} to a server that is well failed: ${fault.code} ${fault.message}`,
      );
  }

  /** Calls that should have ended by now. */
  sweep(): void {
    for (const truth of this.#open) {
      const lateMs = this.#watch.now - truth.askedAt - truth.timeoutMs;
      if (lateMs > SLACK_MS + this.#watch.stalledMs(truth.askedAt))
        this.#watch.broken(
          "answer",
          truth.server,
          `call ${truth.id} has no answer ${Math.round(lateMs)} ms after its limit`,
        );
    }
  }

  // Its own caller left, or its time passed while the gateway itself stood still, or a person or a fault came in between.
  #isUnjust({ cancelled, askedAt, server }: CallTruth, fault: Fault): boolean {
    if (cancelled || !this.#watch.isGuiltless(server)) return false;
    const own = fault.code === "UPSTREAM_TIMEOUT" || fault.code === "OVERLOADED";
    return !own || this.#watch.stalledMs(askedAt) === 0;
  }

  #settle(truth: CallTruth, how: string): void {
    if (truth.settled) this.#watch.broken("once", truth.server, `call ${truth.id} was answered twice`);
    if (truth.records !== 1)
      this.#watch.broken("once", truth.server, `call ${truth.id} ended with ${truth.records} records`);
    truth.settled = true;
    if (truth.empties && truth.executed > 0) this.#watch.cache.invalidated(truth.server, undefined, truth.carriedOut);
    this.#open.delete(truth);
    this.ends.set(how, (this.ends.get(how) ?? 0) + 1);
    this.#watch.note(`call ${how}`, truth.server, truth.id);
  }

  /** Also of one that the gateway makes itself, in place of a caller whom it has answered. */
  of(id: string): CallTruth {
    const known = this.#calls.get(id);
    if (known !== undefined) return known;
    const base = this.#calls.get(baseOf(id));
    if (base === undefined) throw new Error(`no call ${id}`);
    const truth = { ...base, id, attempts: 0, renewals: 0, executed: 0, settled: false };
    this.#calls.set(id, truth);
    return truth;
  }

  #tally(server: string): Tally {
    let tally = this.#tallies.get(server);
    if (tally === undefined) {
      tally = { asked: 0, attempts: 0, reserve: RESERVE, excess: 0 };
      this.#tallies.set(server, tally);
    }
    return tally;
  }
}

const saysNothingDone = ({ code, circumstance }: Fault): boolean =>
  NOT_CARRIED_OUT.has(code) || (code === "UPSTREAM_UNAVAILABLE" && circumstance?.sent !== true);
