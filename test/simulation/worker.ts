// What does one core of the fleet do? Seed after seed from a shared counter, until the fleet has enough; with a bug planted in the
// product's source if it was given one.
import { registerHooks } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { WorkerTask } from "./fleet.ts";
import type { Outcome } from "./outcome.ts";
import type { PlantedBug } from "./planted.ts";

const { counter, endsAt, atLeast, seeds, twiceEvery, bug } = workerData as WorkerTask;
const port = parentPort as NonNullable<typeof parentPort>;

if (bug !== undefined) plant(bug);
// Faults are made by the thousand; their stacks would take a tenth of the time and are told by a replay.
Error.stackTraceLimit = 0;
let rejected: unknown;
process.on("unhandledRejection", (reason) => (rejected = reason));
const { simulate } = await import("./simulate.ts");

const next = new Int32Array(counter);
for (;;) {
  const turn = Atomics.add(next, 0, 1);
  const seed = seeds[turn];
  if (seed === undefined || (Date.now() > endsAt && turn >= atLeast)) break;
  port.postMessage(await run(seed, turn % twiceEvery === 0));
}

async function run(seed: number, twice: boolean): Promise<Outcome> {
  const outcome = judged(await simulate(seed));
  if (!twice || outcome.violation !== undefined) return outcome;
  const { hash } = await simulate(seed);
  if (hash === outcome.hash) return outcome;
  return broken(outcome, "determinism", `two runs of one seed differ: ${outcome.hash} and ${hash}`);
}

function judged(outcome: Outcome): Outcome {
  const reason = rejected;
  rejected = undefined;
  return reason === undefined ? outcome : broken(outcome, "bug", `an unhandled rejection: ${String(reason)}`);
}

function broken(outcome: Outcome, rule: string, words: string): Outcome {
  return { ...outcome, violation: { rule, server: "", words, at: outcome.simulatedMs } };
}

/** Replaces one piece of one source file as it is loaded; the file on disk stays as it is. */
function plant({ file, find, replace }: PlantedBug): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/src/${file}`)) return loaded;
      const text = String(loaded.source);
      if (text.split(find).length !== 2) throw new Error(`${file} holds not once: ${find}`);
      return { ...loaded, source: text.replace(find, () => replace) };
    },
  });
}
