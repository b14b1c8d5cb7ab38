// In which order does a call pass the layers? This is the whole onion on one screen; a layer's file says what it does.
import type { Bulkheads } from "./bulkhead.ts";
import type { ToolCache } from "./cache/tool-cache.ts";
import type { Answerer, Layer, OuterLayer } from "./call.ts";
import type { Chaos } from "./chaos.ts";
import { type DeadlineDeps, deadline } from "./deadline.ts";
import { type GuardDeps, guard } from "./guard.ts";
import { type RecordDeps, record } from "./record.ts";
import { type ResolveDeps, resolve } from "./resolve.ts";
import type { Retries } from "./retry.ts";
import { type SendDeps, send } from "./send.ts";

/** Layers that others look into are made outside and handed in. */
export interface SharedLayers {
  readonly admission: { readonly layer: OuterLayer };
  readonly toolCache: Pick<ToolCache, "cache" | "coalesce">;
  readonly bulkheads: Pick<Bulkheads, "layer">;
  readonly retries: Pick<Retries, "layer">;
  readonly chaos: Pick<Chaos, "layer">;
}

export type PipelineDeps = RecordDeps & ResolveDeps & DeadlineDeps & GuardDeps & SendDeps & SharedLayers;

/** Outermost first. Places kept for layers to come are named where they belong. */
export function createPipeline(deps: PipelineDeps): Answerer {
  const outer: OuterLayer = compose(
    record(deps),
    deps.admission.layer,
    resolve(deps),
    // authorize: the same rule that filters lists
  );
  const inner: Layer = compose(
    deps.toolCache.coalesce,
    deadline(deps),
    deps.bulkheads.layer,
    deps.retries.layer,
    guard(deps),
    deps.chaos.layer,
  );
  return outer(deps.toolCache.cache(inner(send(deps))));
}

const compose =
  <H>(...layers: readonly ((next: H) => H)[]) =>
  (innermost: H): H =>
    layers.reduceRight((next, layer) => layer(next), innermost);
