// What has to change so that the running upstreams equal the configured ones? Equal definitions are left alone; where only
// the settings differ, the link stays.
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { canonicalJson } from "#lib/json.ts";

export const sameDefinition = (a: UpstreamDefinition, b: UpstreamDefinition): boolean =>
  canonicalJson(a) === canonicalJson(b);

/** Whether a link made for one serves the other. */
const sameLink = (a: UpstreamDefinition, b: UpstreamDefinition): boolean =>
  a.enabled === b.enabled && a.origin === b.origin && canonicalJson(a.transport) === canonicalJson(b.transport);

export interface Reconciliation {
  readonly start: readonly UpstreamDefinition[];
  /** Other settings, the same link. */
  readonly retune: readonly UpstreamDefinition[];
  readonly replace: readonly UpstreamDefinition[];
  readonly stop: readonly string[];
}

export function reconciliation(
  actual: ReadonlyMap<string, UpstreamDefinition>,
  desired: readonly UpstreamDefinition[],
): Reconciliation {
  const wanted = new Set(desired.map((definition) => definition.name));
  const changed = desired.flatMap((next) => {
    const running = actual.get(next.name);
    return running === undefined || sameDefinition(running, next) ? [] : [{ running, next }];
  });
  return {
    start: desired.filter((definition) => !actual.has(definition.name)),
    retune: changed.filter(({ running, next }) => sameLink(running, next)).map(({ next }) => next),
    replace: changed.filter(({ running, next }) => !sameLink(running, next)).map(({ next }) => next),
    stop: [...actual.keys()].filter((name) => !wanted.has(name)),
  };
}
