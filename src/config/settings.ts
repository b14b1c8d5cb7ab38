// Which settings does one server run with? The entry's own, else those given for all servers, else the preset's.
import type { CacheRule, CacheSettings } from "#contract/cache.ts";
import type { Omni2Block, ServerEntry } from "#contract/config.ts";
import type { CacheConfig } from "#contract/config-cache.ts";
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
    cache: cacheSettings(preset.cache, defaults.cache, entry.cache),
  };
}

// A tool's own entry says only what differs from its server's.
function cacheSettings(preset: CacheSettings, defaults: Omni2Block["cache"], own: CacheConfig = {}): CacheSettings {
  const { tools = {}, ...rest } = own;
  const { maxEntries, maxBytes, maxEntryBytes, ...shared } = defaults ?? {};
  const server = layered(preset, shared, rest);
  const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, scope } = server;
  const base: CacheRule = { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, scope };
  return {
    ...server,
    tools: Object.entries(tools).map(([pattern, rule]) => ({
      pattern,
      rule: rule === "off" ? rule : layered(base, rule),
    })),
  };
}

type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Later layers win where they say something. */
function layered<T extends object>(base: T, ...layers: readonly (Given<T> | undefined)[]): T {
  const said = layers.flatMap((layer) => Object.entries(layer ?? {}).filter(([, value]) => value !== undefined));
  return { ...base, ...Object.fromEntries(said) };
}
