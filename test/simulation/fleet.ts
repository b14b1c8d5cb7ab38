// How are thousands of seeds run? On every core of the machine, each taking the next seed, until there are enough.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Outcome } from "./outcome.ts";
import type { PlantedBug } from "./planted.ts";

export interface WorkerTask {
  /** The place of the next seed; shared by all workers. */
  readonly counter: SharedArrayBuffer;
  /** Wall time after which no seed is begun, in milliseconds since 1970; the first `atLeast` seeds are run whatever it says. */
  readonly endsAt: number;
  readonly atLeast: number;
  readonly seeds: readonly number[];
  /** Every so many-th seed is run twice and must go the same way. */
  readonly twiceEvery: number;
  readonly bug: PlantedBug | undefined;
}

export interface FleetOptions {
  readonly seeds: readonly number[];
  /** Milliseconds; endless when absent. */
  readonly limitMs?: number;
  readonly atLeast?: number;
  readonly bug?: PlantedBug;
  /** Ends the run with the first broken rule. */
  readonly untilBroken?: boolean;
  readonly workers?: number;
}

export interface FleetReport {
  /** In the order of their seeds. */
  readonly broken: readonly Outcome[];
  readonly seeds: number;
  readonly calls: number;
  readonly simulatedMs: number;
  readonly tookMs: number;
  /** Processor time of all threads. */
  readonly cpuMs: number;
  /** Calls by how they ended. */
  readonly ends: ReadonlyMap<string, number>;
}

const TWICE_EVERY = 50;

export async function runFleet(options: FleetOptions): Promise<FleetReport> {
  const { seeds, limitMs = Number.POSITIVE_INFINITY, atLeast = 0, bug, workers = availableParallelism() } = options;
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const task: WorkerTask = {
    counter: new SharedArrayBuffer(4),
    endsAt: Date.now() + limitMs,
    atLeast,
    seeds,
    twiceEvery: TWICE_EVERY,
    bug,
  };
  const tally = new Tally();
  const stop = (): void => void Atomics.store(new Int32Array(task.counter), 0, seeds.length);
  await Promise.all(
    Array.from({ length: Math.min(workers, seeds.length) }, () =>
      runWorker(task, (outcome) => {
        tally.add(outcome);
        if (options.untilBroken === true && outcome.violation !== undefined) stop();
      }),
    ),
  );
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ...tally.report(), tookMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
}

function runWorker(task: WorkerTask, onOutcome: (outcome: Outcome) => void): Promise<void> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: task });
  return new Promise((resolve, reject) => {
    worker.on("message", onOutcome);
    worker.on("error", reject);
    worker.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`a simulation worker exited with ${code}`)),
    );
  });
}

class Tally {
  readonly #broken: Outcome[] = [];
  readonly #ends = new Map<string, number>();
  #seeds = 0;
  #calls = 0;
  #simulatedMs = 0;

  add(outcome: Outcome): void {
    this.#seeds++;
    this.#calls += outcome.calls;
    this.#simulatedMs += outcome.simulatedMs;
    for (const [how, count] of Object.entries(outcome.ends)) this.#ends.set(how, (this.#ends.get(how) ?? 0) + count);
    if (outcome.violation !== undefined) this.#broken.push(outcome);
  }

  report(): Omit<FleetReport, "tookMs" | "cpuMs"> {
    const broken = this.#broken.sort((a, b) => a.seed - b.seed);
    return { broken, seeds: this.#seeds, calls: this.#calls, simulatedMs: this.#simulatedMs, ends: this.#ends };
  }
}
