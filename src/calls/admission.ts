// What is let in, and what is refused because the gateway itself is short of something or is stopping? One door for all work:
// it measures, decides a level, tells when the level changes, counts what it refused, and knows which calls still run.

import { Fault } from "#contract/fault.ts";
import type { Log } from "#lib/log.ts";
import type { PressureReading } from "#lib/pressure.ts";
import type { Cancel, World } from "#lib/world.ts";
import {
  CALM,
  isWorse,
  keepsAlive,
  type OverloadLevel,
  type OverloadState,
  type Sheddable,
  sheds,
  weigh,
} from "#policy/overload.ts";
import type { Reply } from "#upstream/transport.ts";
import type { Answerer, OuterLayer } from "./call.ts";

export interface AdmissionDeps {
  readonly world: World;
  readonly log: Log;
  readonly measure: () => PressureReading;
}

/** How often pressure is measured, in milliseconds. */
const EVERY_MS = 250;
/** When a caller that was refused may ask again. */
const RETRY_AFTER_MS = 2_000;

export class Admission {
  /** Whether something may be refused now: all that a request costs while nothing is. */
  shedding = false;
  /** Calls that run now. */
  running = 0;
  /** Set by `drain`; from then on no new call is let in. */
  draining = false;
  /** The newest measurement. */
  reading: PressureReading;
  /** Measurements since start, and the monotonic milliseconds of the last. */
  work = 0;
  heartbeatAt: number;
  /** How much was refused since start because of overload. */
  readonly shed: Record<Sheddable, number> = { call: 0, list: 0, background: 0, dashboard: 0 };
  readonly #deps: AdmissionDeps;
  #state: OverloadState = CALM;
  #cancel: Cancel = () => {};
  #onIdle: () => void = () => {};

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
    this.reading = deps.measure();
    this.heartbeatAt = deps.world.now();
    this.#schedule();
  }

  get level(): OverloadLevel {
    return this.#state.level;
  }

  /** Why new work of this kind is refused now, or undefined. Every refusal is counted. */
  refusal(work: Sheddable): Fault | undefined {
    if (!sheds(this.level, work)) return undefined;
    this.shed[work]++;
    const message =
      `The gateway itself is overloaded (${words(this.reading)}) and takes no ${NAMES[work]} for the moment; ` +
      `nothing was done. Try again in ${RETRY_AFTER_MS / 1000} s.`;
    return new Fault("OVERLOADED", message, { retryAfterMs: RETRY_AFTER_MS, circumstance: { ours: true } });
  }

  /** Whether HTTP connections are kept open between requests. */
  keepsAlive(): boolean {
    return !this.draining && keepsAlive(this.level);
  }

  /** The first layer after the record: no new call while stopping or overloaded, and a count of those that run. */
  readonly layer: OuterLayer =
    (next): Answerer =>
    (call) => {
      const fault = this.draining ? stopping() : this.shedding ? this.refusal("call") : undefined;
      if (fault !== undefined) return Promise.reject(fault);
      const reply = next(call);
      if (!(reply instanceof Promise)) return reply;
      this.running++;
      return reply.then(this.#answered, this.#failed);
    };

  readonly #answered = (reply: Reply): Reply => {
    this.#left();
    return reply;
  };

  readonly #failed = (error: unknown): never => {
    this.#left();
    throw error;
  };

  #left(): void {
    this.running--;
    if (this.running === 0) this.#onIdle();
  }

  /** Lets no new call in. Resolves when the last one has ended, or after `graceMs`, with the number of those that still run. */
  async drain(graceMs: number): Promise<number> {
    this.draining = true;
    if (this.running > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#deps.world.after(graceMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    return this.running;
  }

  close(): void {
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#deps.world.after(EVERY_MS, () => {
      this.#measure();
      this.#schedule();
    });
  }

  #measure(): void {
    const { world, measure } = this.#deps;
    const before = this.level;
    this.reading = measure();
    this.heartbeatAt = world.now();
    this.work++;
    this.#state = weigh(this.#state, this.reading, this.heartbeatAt);
    this.shedding = this.level !== "calm";
    if (this.level !== before) this.#tell(before);
  }

  #tell(before: OverloadLevel): void {
    const { log } = this.#deps;
    const { lagMs, heapRatio, files } = this.reading;
    const percent = Math.round(heapRatio * 100);
    const facts = {
      level: this.level,
      was: before,
      lagMs: Math.round(lagMs),
      heapPercent: percent,
      files,
      shed: { ...this.shed },
    };
    const message = `The gateway is ${this.level} (${words(this.reading)}): ${MEANING[this.level]}`;
    if (isWorse(this.level, before)) log.warn(facts, message);
    else log.info(facts, message);
  }
}

const NAMES: Readonly<Record<Sheddable, string>> = {
  call: "new calls",
  list: "list requests",
  background: "background work",
  dashboard: "new dashboard connections",
};

const MEANING: Readonly<Record<OverloadLevel, string>> = {
  calm: "everything is served.",
  busy: "list requests, new dashboard connections and background refreshes wait; calls go on.",
  strained: "as when busy, and HTTP connections are not kept open; calls go on.",
  critical: "new calls are refused too; health, administration and calls that run go on.",
};

const words = ({ lagMs, heapRatio, files }: PressureReading): string => {
  const open = files === null ? "" : `, ${files.open} of ${files.limit} files open`;
  return `its timers are up to ${Math.round(lagMs)} ms late, its heap is ${Math.round(heapRatio * 100)} % full${open}`;
};

/** What every new request but control is told while the gateway stops. */
export const stopping = (): Fault =>
  new Fault("DRAINING", "The gateway is stopping; connect again in a moment.", { retryAfterMs: 1_000 });
