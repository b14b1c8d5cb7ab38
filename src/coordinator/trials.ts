// Who asks a half-open breaker's trial question? The supervisor, by a probe: at once, and again soon while the verdict is out.
// A call may be a trial too; then this waits for its turn.
import type { Cancel, World } from "#lib/world.ts";
import type { Pass } from "#policy/breaker-state.ts";
import type { Circuit } from "./circuit.ts";
import { endOf } from "./circuit-terms.ts";
import type { ProbeOutcome } from "./prober.ts";

/** Between two trials, in milliseconds. */
const GAP_MS = 1_000;

export interface TrialsOptions {
  readonly world: World;
  readonly circuit: Circuit;
  /** Asks over the live link; `none` when there is none. */
  readonly probe: () => Promise<ProbeOutcome>;
  /** Resolves when no earlier probe is under way: its answer would be no trial's. */
  readonly idle: () => Promise<unknown>;
}

export class Trials {
  readonly #options: TrialsOptions;
  #cancel: Cancel = () => {};
  #running = false;
  #stopped = false;

  constructor(options: TrialsOptions) {
    this.#options = options;
  }

  /** Asks now if the breaker is half-open, and goes on until it is not. */
  start(): void {
    this.#cancel();
    this.#stopped = false;
    if (!this.#running && this.#options.circuit.kind === "half_open") void this.#try();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #try(): Promise<void> {
    const { world, circuit, probe, idle } = this.#options;
    this.#running = true;
    await idle();
    const pass: Pass | undefined = this.#stopped ? undefined : circuit.tryTrial();
    if (pass !== undefined) circuit.settle(pass, endOf(await probe()));
    this.#running = false;
    if (this.#stopped || circuit.kind !== "half_open") return;
    this.#cancel();
    this.#cancel = world.after(GAP_MS, () => this.start());
  }
}
