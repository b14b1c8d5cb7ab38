// What is configured in a simulation? Ten servers of all transports, whose settings differ from seed to seed.
import type { CacheSettings } from "../../src/contract/cache.ts";
import { settingsOf } from "../../src/contract/preset.ts";
import type { TransportDefinition, TransportKind, UpstreamDefinition } from "../../src/contract/upstream.ts";
import type { Dice } from "./random.ts";

export const SERVERS = 10;
const KINDS: readonly TransportKind[] = ["stdio", "http", "sse"];

export const kindOf = (place: number): TransportKind => KINDS[place % KINDS.length] as TransportKind;
/** Servers over HTTP whose name ends with `m` speak the modern protocol. */
export const nameOf = (place: number): string =>
  `${kindOf(place)}${place}${kindOf(place) === "http" && place % 2 === 0 ? "m" : ""}`;

let lastTransport = 0;

/** Never the same object twice: a supervisor is known by it. */
export function newTransport(kind: TransportKind): TransportDefinition {
  const mark = String(++lastTransport);
  if (kind === "stdio") return { kind, command: "serve", args: [mark], env: {}, cwd: "/" };
  const url = `http://127.0.0.1:1/${mark}`;
  return kind === "http" ? { kind, url, headers: {}, sseFallback: false } : { kind, url, headers: {} };
}

/** Short times, so that much is kept, much is over, and much is stale in ten minutes. */
function cacheOf(dice: Dice): CacheSettings {
  const rule = {
    ttlMs: dice.pick([500, 5_000, 30_000]),
    staleWhileRevalidateMs: dice.pick([0, 1_000, 10_000]),
    staleIfErrorMs: dice.pick([0, 5_000, 60_000]),
    scope: dice.chance(0.15) ? ("public" as const) : ("private" as const),
  };
  const own = { ...rule, ttlMs: dice.pick([200, 2_000]) };
  return {
    ...rule,
    mode: dice.pick(["auto", "auto", "auto", "auto", "auto", "auto", "shadow", "off"]),
    invalidateOnWrite: dice.chance(0.9),
    tools: dice.chance(0.25) ? [{ pattern: "peek", rule: dice.chance(0.3) ? "off" : own }] : [],
  };
}

export function definitionsOf(dice: Dice): UpstreamDefinition[] {
  lastTransport = 0;
  const cacheDice = dice.stream("cache");
  const preset = dice.chance(0.1) ? "classic" : "default";
  const maxOpenMs = dice.pick([10_000, 30_000, 300_000]);
  return Array.from({ length: SERVERS }, (_, place) => {
    const kind = kindOf(place);
    const { health, breaker, limits } = settingsOf(preset, kind);
    const tight = dice.chance(0.2);
    return {
      name: nameOf(place),
      origin: "file",
      enabled: true,
      description: "",
      trusted: dice.chance(0.7),
      timeoutMs: dice.pick([2_000, 5_000, 15_000]),
      health: preset === "classic" ? health : { ...health, intervalMs: dice.pick([2_000, 10_000]) },
      breaker:
        preset === "classic"
          ? breaker
          : { ...breaker, maxOpenMs, trials: dice.pick([1, 1, 1, 3]), successes: dice.pick([1, 2, 2]) },
      limits: tight ? { inFlight: 4, perPrincipal: 2, queue: 8, queueMs: 500 } : limits,
      cache: cacheOf(cacheDice),
      hideAfterMs: dice.pick([0, 0, 15_000]),
      tools: { allow: ["*"], deny: [] },
      transport: newTransport(kind),
    };
  });
}
