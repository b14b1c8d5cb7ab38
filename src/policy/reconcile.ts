// What has to change so that the running upstreams equal the configured ones? Equal definitions are left alone.
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { canonicalJson } from "#lib/json.ts";

export const sameDefinition = (a: UpstreamDefinition, b: UpstreamDefinition): boolean =>
  canonicalJson(a) === canonicalJson(b);

export interface Reconciliation {
  readonly start: readonly UpstreamDefinition[];
  readonly replace: readonly UpstreamDefinition[];
  readonly stop: readonly string[];
}

export function reconciliation(
  actual: ReadonlyMap<string, UpstreamDefinition>,
  desired: readonly UpstreamDefinition[],
): Reconciliation {
  const wanted = new Set(desired.map((definition) => definition.name));
  return {
    start: desired.filter((definition) => !actual.has(definition.name)),
    replace: desired.filter((definition) => {
      const running = actual.get(definition.name);
      return running !== undefined && !sameDefinition(running, definition);
    }),
    stop: [...actual.keys()].filter((name) => !wanted.has(name)),
  };
}
