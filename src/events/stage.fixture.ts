// What do the tests of this room run on? A clock that moves when told, and one server to talk about.
import type { ServerView } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";

/** A world whose time moves only when told. */
export function handWorld(): World & { advance(ms: number): void } {
  let now = 0;
  let timers: { at: number; fn: () => void }[] = [];
  return {
    now: () => now,
    wall: () => 1_700_000_000_000 + now,
    random: () => 0.5,
    stalledMs: () => 0,
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        now = next.at;
        next.fn();
      }
      now = until;
    },
  };
}

export const view: ServerView = {
  name: "files",
  origin: "file",
  type: "stdio",
  description: "",
  enabled: true,
  trusted: false,
  status: "up",
  statusReason: null,
  link: "connected",
  health: "healthy",
  circuitState: "closed",
  retryAfterMs: null,
  circuitReason: null,
  circuitRetryAt: null,
  autoDisabledAt: null,
  enabledOverride: null,
  chaos: null,
  load: { inFlight: 0, queued: 0 },
  consecutiveFailures: 0,
  failureCycles: 0,
  lastProbeAt: null,
  lastFailure: null,
  nextAttemptAt: null,
  attempt: 0,
  tools: 1,
  prompts: 0,
  resources: 0,
  latency: null,
  cache: { hits: 0, misses: 0, hitRate: 0 },
  era: null,
  protocolVersion: null,
  serverInfo: null,
  pid: null,
  lastRecoveryAt: null,
  downtimeMs: 0,
};
