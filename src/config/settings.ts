// Which settings does one server run with? The entry's own, else those given for all servers, else the preset's.
import type { Omni2Block, ServerEntry } from "#contract/config.ts";
import { settingsOf, type UpstreamSettings } from "#contract/preset.ts";
import type { TransportKind } from "#contract/upstream.ts";

export function readSettings(entry: ServerEntry, kind: TransportKind, defaults: Omni2Block): UpstreamSettings {
  const preset = settingsOf(defaults.preset ?? "default", kind);
  const health = layered(preset.health, defaults.health, entry.health);
  const breaker = layered(preset.breaker, defaults.breaker, entry.breaker);
  const limits = layered(preset.limits, defaults.limits, entry.limits);
  return {
    health,
    breaker: { ...breaker, maxOpenMs: Math.max(breaker.openMs, breaker.maxOpenMs) },
    limits: { ...limits, perPrincipal: Math.min(limits.inFlight, limits.perPrincipal) },
  };
}

type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Later layers win where they say something. */
function layered<T extends object>(base: T, ...layers: readonly (Given<T> | undefined)[]): T {
  const said = layers.flatMap((layer) => Object.entries(layer ?? {}).filter(([, value]) => value !== undefined));
  return { ...base, ...Object.fromEntries(said) };
}
