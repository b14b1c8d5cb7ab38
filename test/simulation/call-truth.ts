// What is true about every call: how often it was attempted and carried out, and how it ended? Each rule about calls is judged here.
import type { CallRecord } from "../../src/contract/call.ts";
import { type Fault, toFault } from "../../src/contract/fault.ts";
import type { Reply } from "../../src/upstream/transport.ts";
import type { Watch } from "./watch.ts";

/** Attempts of one call, all together. */
const MAX_ATTEMPTS = 3;
/** Attempts per call over time, and those on top that a budget begins with. */
const AMPLIFICATION = 1.2;
const RESERVE = 3;
/** A call ends this long after its limit at the latest, milliseconds. */
const SLACK_MS = 20;
/** These say that nothing was carried out. */
const NOT_CARRIED_OUT = new Set(["BREAKER_OPEN", "OVERLOADED", "TOOL_NOT_FOUND", "SERVER_NOT_FOUND", "RATE_LIMITED"]);

export interface CallTruth {
  readonly id: string;
  readonly server: string;
  readonly repeatable: boolean;
  readonly askedAt: number;
  readonly timeoutMs: number;
  /** The server had been well and in service for a while: nothing may go wrong. */
  readonly guiltless: boolean;
  attempts: number;
  executed: number;
  settled: boolean;
  records: number;
  cancelled: boolean;
}

/** Of one server's calls. */
interface Tally {
  asked: number;
  /** Without those that met a forgotten session: nothing was carried out, and they are made once more at once. */
  attempts: number;
  reserve: number;
}

export class CallBook {
  readonly #watch: Watch;
  readonly #calls = new Map<string, CallTruth>();
  /** By the gateway's own id of the call. */
  readonly #byRecord = new Map<string, CallTruth>();
  readonly #open = new Set<CallTruth>();
  readonly #tallies = new Map<string, Tally>();
  readonly ends = new Map<string, number>();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  get asked(): number {
    return this.#calls.size;
  }

  get open(): number {
    return this.#open.size;
  }

  ask(truth: CallTruth, recordId: string): void {
    this.#calls.set(truth.id, truth);
    this.#byRecord.set(recordId, truth);
    this.#open.add(truth);
    this.#tally(truth.server).asked++;
  }

  attempted(server: string, id: string): void {
    const truth = this.#of(id);
    const tally = this.#tally(server);
    truth.attempts++;
    tally.attempts++;
    if (truth.attempts > MAX_ATTEMPTS)
      this.#watch.broken("attempts", server, `call ${id} was attempted ${truth.attempts} times`);
    if (truth.settled) this.#watch.broken("once", server, `call ${id} is attempted after it was answered`);
    if (truth.server !== server) this.#watch.broken("aim", server, `call ${id} was meant for ${truth.server}`);
    if (tally.attempts > AMPLIFICATION * tally.asked + tally.reserve)
      this.#watch.broken("amplification", server, `${tally.attempts} attempts for ${tally.asked} calls`);
  }

  /** The attempt met a session that the server had forgotten. */
  sessionLost(server: string): void {
    this.#tally(server).attempts--;
  }

  /** The server was removed: another one of its name begins with another budget. */
  forgotten(server: string): void {
    this.#tally(server).reserve += RESERVE;
  }

  executed(server: string, id: string): void {
    const truth = this.#of(id);
    truth.executed++;
    if (truth.executed > 1 && !truth.repeatable)
      this.#watch.broken(
        "write twice",
        server,
        `call ${id} is not repeatable and was carried out ${truth.executed} times`,
      );
  }

  recorded(record: CallRecord): void {
    const truth = this.#byRecord.get(record.id);
    if (truth === undefined) return;
    truth.records++;
    if (truth.records > 1) this.#watch.broken("once", truth.server, `call ${truth.id} has ${truth.records} records`);
  }

  answered(truth: CallTruth, { bytes, scan }: Reply): void {
    const { server, id } = truth;
    this.#settle(truth, scan.kind === "error" ? "error" : "ok");
    if (truth.executed === 0) this.#watch.broken("truth", server, `call ${id} has a result and was never carried out`);
    if (!bytes.toString("latin1", scan.start, scan.end).includes(`"${id}"`))
      this.#watch.broken("own answer", server, `call ${id} was given the answer of another call`);
  }

  failed(truth: CallTruth, error: unknown): void {
    const fault = toFault(error);
    const { server, id } = truth;
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
    this.#open.delete(truth);
    this.ends.set(how, (this.ends.get(how) ?? 0) + 1);
    this.#watch.note(`call ${how}`, truth.server, truth.id);
  }

  #of(id: string): CallTruth {
    const truth = this.#calls.get(id);
    if (truth === undefined) throw new Error(`no call ${id}`);
    return truth;
  }

  #tally(server: string): Tally {
    let tally = this.#tallies.get(server);
    if (tally === undefined) {
      tally = { asked: 0, attempts: 0, reserve: RESERVE };
      this.#tallies.set(server, tally);
    }
    return tally;
  }
}

const saysNothingDone = ({ code, circumstance }: Fault): boolean =>
  NOT_CARRIED_OUT.has(code) || (code === "UPSTREAM_UNAVAILABLE" && circumstance?.sent !== true);
