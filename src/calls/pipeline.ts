// In which order does a call pass the layers? This is the whole onion on one screen; a layer's file says what it does.
import type { Bulkheads } from "./bulkhead.ts";
import type { ToolCache } from "./cache/tool-cache.ts";
import type { Handler, Layer } from "./call.ts";
import type { Chaos } from "./chaos.ts";
import { type DeadlineDeps, deadline } from "./deadline.ts";
import { type GuardDeps, guard } from "./guard.ts";
import { type RecordDeps, record } from "./record.ts";
import { type ResolveDeps, resolve } from "./resolve.ts";
import type { Retries } from "./retry.ts";
import { type SendDeps, send } from "./send.ts";

/** Layers that others look into are made outside and handed in. */
export interface SharedLayers {
  readonly admission: { readonly layer: Layer };
  readonly toolCache: Pick<ToolCache, "cache" | "coalesce">;
  readonly bulkheads: Pick<Bulkheads, "layer">;
  readonly retries: Pick<Retries, "layer">;
  readonly chaos: Pick<Chaos, "layer">;
}

export type PipelineDeps = RecordDeps & ResolveDeps & DeadlineDeps & GuardDeps & SendDeps & SharedLayers;

/** Outermost first. Places kept for layers to come are named where they belong. */
export function createPipeline(deps: PipelineDeps): Handler {
  return compose(
    record(deps),
    deps.admission.layer,
    resolve(deps),
    // authorize: the same rule that filters lists
    deps.toolCache.cache,
    deps.toolCache.coalesce,
    deadline(deps),
    deps.bulkheads.layer,
    deps.retries.layer,
    guard(deps),
    deps.chaos.layer,
  )(send(deps));
}

const compose =
  (...layers: readonly Layer[]): Layer =>
  (innermost) =>
    layers.reduceRight((next, layer) => layer(next), innermost);
