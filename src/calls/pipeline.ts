// In which order does a call pass the layers? This is the whole onion on one screen; a layer's file says what it does.
import type { Handler, Layer } from "./call.ts";
import { type DeadlineDeps, deadline } from "./deadline.ts";
import { type RecordDeps, record } from "./record.ts";
import { type ResolveDeps, resolve } from "./resolve.ts";
import { type SendDeps, send } from "./send.ts";

export type PipelineDeps = RecordDeps & ResolveDeps & DeadlineDeps & SendDeps;

/** Outermost first. Places kept for layers to come are named where they belong. */
export function createPipeline(deps: PipelineDeps): Handler {
  return compose(
    record(deps),
    resolve(deps),
    // authorize: the same rule that filters lists
    // cache: a hit ends the call here
    // coalesce: joins an equal read-only call in flight
    deadline(deps),
    // bulkhead: slots per upstream and per principal
    // retry: never a write whose bytes were sent
    // guard: the breaker admits or refuses, and hears the outcome
  )(send(deps));
}

const compose =
  (...layers: readonly Layer[]): Layer =>
  (innermost) =>
    layers.reduceRight((next, layer) => layer(next), innermost);
