import assert from "node:assert/strict";
import { test } from "node:test";
import { PRESETS, settingsOf } from "./preset.ts";
import { TRANSPORT_KINDS } from "./upstream.ts";

// The numbers are promised in docs/reliability.md: whoever changes one changes that table too.
test("the default preset", () => {
  assert.deepEqual(settingsOf("default", "http"), {
    health: { intervalMs: 10_000, timeoutMs: 5_000, startTimeoutMs: 10_000, reconnectMs: 200, maxReconnectMs: 60_000 },
    breaker: {
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
    limits: { inFlight: 128, perPrincipal: 64, queue: 128, queueMs: 3_000 },
    cache: {
      mode: "shadow",
      ttlMs: 300_000,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
      scope: "private",
      invalidateOnWrite: true,
      tools: [],
    },
  });
  const { health, limits } = settingsOf("default", "stdio");
  assert.deepEqual([health.timeoutMs, health.startTimeoutMs], [2_000, 30_000]);
  assert.deepEqual([limits.inFlight, limits.perPrincipal], [32, 24]);
});

test("the classic preset: fixed times, no rates, a server is given up after three cycles", () => {
  const { health, breaker } = settingsOf("classic", "http");
  assert.deepEqual([health.intervalMs, health.reconnectMs, health.maxReconnectMs], [30_000, 30_000, 600_000]);
  assert.deepEqual([breaker.failures, breaker.openMs, breaker.maxOpenMs, breaker.jitter], [5, 60_000, 60_000, 0]);
  assert.deepEqual([breaker.trials, breaker.successes, breaker.autoDisableAfterCycles], [3, 1, 3]);
  assert.ok(breaker.failureRatio > 1 && breaker.slowRatio > 1);
});

for (const preset of PRESETS) {
  for (const kind of TRANSPORT_KINDS) {
    test(`the settings of ${kind} under ${preset} agree with one another`, () => {
      const { health, breaker, limits } = settingsOf(preset, kind);
      assert.ok(health.timeoutMs < health.intervalMs, "a probe ends before the next one");
      assert.ok(health.reconnectMs <= health.maxReconnectMs);
      assert.ok(breaker.openMs <= breaker.maxOpenMs);
      assert.ok(breaker.jitter >= 0 && breaker.jitter <= 1);
      assert.ok(limits.perPrincipal < limits.inFlight, "no caller takes every place");
    });
  }
}
