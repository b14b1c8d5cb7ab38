// Which cache do tests put into an onion? One on a hand-driven clock that writes down what it drops.
import { silentLog } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { type Invalidation, ToolCache, type ToolCacheDeps } from "./tool-cache.ts";

export function newToolCache(
  world: World,
  more: Partial<ToolCacheDeps> = {},
): ToolCache & { readonly dropped: Invalidation[] } {
  const dropped: Invalidation[] = [];
  const cache = new ToolCache({
    world,
    log: silentLog,
    onInvalidated: (invalidation) => dropped.push(invalidation),
    isTight: () => false,
    ...more,
  });
  return Object.assign(cache, { dropped });
}
