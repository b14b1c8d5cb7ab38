// When is a live link asked whether it lives? One probe at a time, postponed by real traffic, quicker while in doubt.
import { type Fault, toFault } from "#contract/fault.ts";
import type { Cancel, World } from "#lib/world.ts";
import { probeDelayMs } from "#policy/supervision.ts";
import { STALL_EXCUSES_MS, STALL_RECENT_MS } from "#policy/verdict.ts";

export interface ProberOptions {
  readonly world: World;
  /** Milliseconds between probes of a used server. */
  readonly intervalMs: () => number;
  readonly isInDoubt: () => boolean;
  /** Resolves with the latency in milliseconds, or null when there was nobody to ask. */
  readonly ask: () => Promise<number | null>;
  readonly onPass: (latencyMs: number) => void;
  readonly onFail: (fault: Fault) => void;
}

/** `none`: nobody was asked, or the answer says nothing about the server. */
export type ProbeOutcome = "pass" | "fail" | "none";

/** Doubts of calls ask no more often than this, in milliseconds. */
const MIN_DOUBT_GAP_MS = 1_000;
const SPOILT_ROUNDS = 4;
/** Between a look that came too early and the next, in milliseconds. */
const MIN_DELAY_MS = 100;

export class Prober {
  readonly #options: ProberOptions;
  #cancel: Cancel = () => {};
  #running = false;
  #asking: Promise<ProbeOutcome> | undefined;
  #lastActivityAt = Number.NEGATIVE_INFINITY;
  #lastAskedAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.POSITIVE_INFINITY;
  /** The newest question was spoilt by ourselves: it is asked again soon. */
  #excused = false;
  lastProbeAt: number | null = null;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.noteActivity();
    this.#schedule();
  }

  stop(): void {
    this.#running = false;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#cancel();
  }

  noteActivity(): void {
    this.#lastActivityAt = this.#options.world.now();
  }

  /** Monotonic milliseconds by which it will have begun to look at the link; infinite while stopped. */
  get dueAt(): number {
    if (this.#asking === undefined) return this.#dueAt;
    // A question that our own stalls have spoilt is listened to a little longer.
    return this.#lastAskedAt + SPOILT_ROUNDS * this.#options.world.stalledMs(this.#lastAskedAt);
  }

  /** Resolves when no probe is under way. */
  get idle(): Promise<unknown> {
    return this.#asking ?? Promise.resolve();
  }

  /** A call failed: asks now, unless that was just done. */
  doubt(): void {
    if (this.#options.world.now() - this.#lastAskedAt >= MIN_DOUBT_GAP_MS) void this.probeNow();
  }

  /** Asks now, or joins the probe that is under way. */
  probeNow(): Promise<ProbeOutcome> {
    if (!this.#running) return Promise.resolve("none");
    this.#asking ??= this.#probe().finally(() => {
      this.#asking = undefined;
      this.lastProbeAt = this.#options.world.wall();
      this.#schedule();
    });
    return this.#asking;
  }

  async #probe(): Promise<ProbeOutcome> {
    const { world, ask, onPass, onFail } = this.#options;
    this.#lastAskedAt = world.now();
    try {
      const latencyMs = await ask();
      if (latencyMs === null) return "none";
      this.#excused = false;
      onPass(latencyMs);
      return "pass";
    } catch (error) {
      const fault = toFault(error);
      this.#excused = this.#isOurs(fault);
      if (this.#excused) return "none";
      onFail(fault);
      return "fail";
    }
  }

  // A limit that ran out while this process itself stood still says nothing about the server.
  #isOurs({ code, circumstance }: Fault): boolean {
    if (circumstance?.ours === true) return true;
    const { world } = this.#options;
    return code === "UPSTREAM_TIMEOUT" && world.stalledMs(world.now() - STALL_RECENT_MS) > STALL_EXCUSES_MS;
  }

  /** `quietMs`: how much of the wait has passed already. */
  #schedule(quietMs = 0): void {
    this.#cancel();
    if (!this.#running) return;
    const { world } = this.#options;
    const intervalMs = this.#options.intervalMs();
    const inDoubt = this.#options.isInDoubt() || this.#excused;
    const idle = this.#quietMs() > 2 * intervalMs;
    const delayMs = Math.max(MIN_DELAY_MS, probeDelayMs({ intervalMs, inDoubt, idle }, world.random()) - quietMs);
    this.#dueAt = world.now() + delayMs;
    this.#cancel = world.after(delayMs, () => {
      const quiet = this.#quietMs();
      if (!inDoubt && quiet < intervalMs) this.#schedule(quiet);
      else void this.probeNow();
    });
  }

  #quietMs(): number {
    return this.#options.world.now() - this.#lastActivityAt;
  }
}
