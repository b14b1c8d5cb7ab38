// Which settings does a server have when nobody said otherwise? One table: `default` is argued in docs/reliability.md,
// `classic` keeps the fixed times of earlier versions.
import { CACHE_DEFAULTS, type CacheSettings } from "./cache.ts";
import type { BreakerSettings, HealthSettings, LimitSettings, TransportKind } from "./upstream.ts";

export const PRESETS = ["default", "classic"] as const;
export type Preset = (typeof PRESETS)[number];

export interface UpstreamSettings {
  readonly health: HealthSettings;
  readonly breaker: BreakerSettings;
  readonly limits: LimitSettings;
  readonly cache: CacheSettings;
}

/** A share that no share exceeds: the rule is off. */
export const RULE_OFF = 2;

const BREAKERS: Readonly<Record<Preset, BreakerSettings>> = {
  default: {
    failures: 5,
    failureRatio: 0.5,
    slowRatio: 0.8,
    openMs: 5_000,
    maxOpenMs: 300_000,
    jitter: 0.5,
    trials: 1,
    successes: 2,
    autoDisableAfterCycles: 0,
  },
  classic: {
    failures: 5,
    failureRatio: RULE_OFF,
    slowRatio: RULE_OFF,
    openMs: 60_000,
    maxOpenMs: 60_000,
    jitter: 0,
    trials: 3,
    successes: 1,
    autoDisableAfterCycles: 3,
  },
};

const RHYTHMS = {
  default: { intervalMs: 10_000, reconnectMs: 200, maxReconnectMs: 60_000 },
  classic: { intervalMs: 30_000, reconnectMs: 30_000, maxReconnectMs: 600_000 },
} as const;

const PATIENCE = {
  stdio: { timeoutMs: 2_000, startTimeoutMs: 30_000 },
  http: { timeoutMs: 5_000, startTimeoutMs: 10_000 },
  sse: { timeoutMs: 5_000, startTimeoutMs: 10_000 },
} as const;

const LIMITS: Readonly<Record<TransportKind, LimitSettings>> = {
  stdio: { inFlight: 32, perPrincipal: 24, queue: 128, queueMs: 3_000 },
  http: { inFlight: 128, perPrincipal: 64, queue: 128, queueMs: 3_000 },
  sse: { inFlight: 128, perPrincipal: 64, queue: 128, queueMs: 3_000 },
};

export const settingsOf = (preset: Preset, kind: TransportKind): UpstreamSettings => ({
  health: { ...RHYTHMS[preset], ...PATIENCE[kind] },
  breaker: BREAKERS[preset],
  limits: LIMITS[kind],
  cache: CACHE_DEFAULTS,
});
