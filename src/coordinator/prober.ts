// When is a live link asked whether it lives? One probe at a time, postponed by real traffic, quicker while in doubt.
import { type Fault, toFault } from "#contract/fault.ts";
import type { Cancel, World } from "#lib/world.ts";
import { probeDelayMs } from "#policy/supervision.ts";

export interface ProberOptions {
  readonly world: World;
  /** Milliseconds between probes of a used server. */
  readonly intervalMs: number;
  readonly isInDoubt: () => boolean;
  /** Resolves with the latency in milliseconds, or null when there was nobody to ask. */
  readonly ask: () => Promise<number | null>;
  readonly onPass: (latencyMs: number) => void;
  readonly onFail: (fault: Fault) => void;
}

export class Prober {
  readonly #options: ProberOptions;
  #cancel: Cancel = () => {};
  #running = false;
  #asking = false;
  #lastActivityAt = Number.NEGATIVE_INFINITY;
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
    this.#cancel();
  }

  noteActivity(): void {
    this.#lastActivityAt = this.#options.world.now();
  }

  async probeNow(): Promise<void> {
    if (!this.#running || this.#asking) return;
    this.#asking = true;
    try {
      const latencyMs = await this.#options.ask();
      if (latencyMs !== null) this.#options.onPass(latencyMs);
    } catch (error) {
      this.#options.onFail(toFault(error));
    } finally {
      this.#asking = false;
      this.lastProbeAt = this.#options.world.wall();
      this.#schedule();
    }
  }

  #schedule(): void {
    this.#cancel();
    if (!this.#running) return;
    const { world, intervalMs } = this.#options;
    const inDoubt = this.#options.isInDoubt();
    const idle = this.#quietMs() > 2 * intervalMs;
    this.#cancel = world.after(probeDelayMs({ intervalMs, inDoubt, idle }, world.random()), () => {
      if (!inDoubt && this.#quietMs() < intervalMs) this.#schedule();
      else void this.probeNow();
    });
  }

  #quietMs(): number {
    return this.#options.world.now() - this.#lastActivityAt;
  }
}
