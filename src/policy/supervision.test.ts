import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import {
  DOUBT_INTERVAL_MS,
  probeDelayMs,
  RESTART_INTENSITY,
  reconnectDelayMs,
  restartAllowedAt,
} from "./supervision.ts";

const PACE = { reconnectMs: 200, maxReconnectMs: 60_000 };
const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("a reconnect waits 100 to 200 ms at first, twice that with each failure, a minute at most", () => {
  assert.equal(reconnectDelayMs(1, PACE, 0), 100);
  assert.equal(reconnectDelayMs(2, PACE, 0), 200);
  assert.equal(reconnectDelayMs(5, PACE, 0), 1_600);
  holds(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), dice, (attempt, random) => {
      const whole = Math.min(60_000, 200 * 2 ** Math.min(attempt - 1, 60));
      const delay = reconnectDelayMs(attempt, PACE, random);
      assert.ok(delay >= whole / 2 && delay <= whole, `${delay}`);
    }),
  );
});

test("servers lost together do not return together", () => {
  const delays = new Set([0, 0.25, 0.5, 0.75].map((random) => reconnectDelayMs(3, PACE, random)));
  assert.equal(delays.size, 4);
});

test("a probe comes after its interval and at most a fifth around it; half as often for who is idle", () => {
  holds(
    fc.property(fc.integer({ min: 1_000, max: 3_600_000 }), fc.boolean(), dice, (intervalMs, idle, random) => {
      const delay = probeDelayMs({ intervalMs, inDoubt: false, idle }, random);
      const middle = intervalMs * (idle ? 2 : 1);
      assert.ok(delay >= middle * 0.8 - 1e-6 && delay <= middle * 1.2);
    }),
  );
});

test("in doubt a probe comes soon, never later than without", () => {
  const soon = probeDelayMs({ intervalMs: 10_000, inDoubt: true, idle: true }, 0.5);
  assert.ok(Math.abs(soon - DOUBT_INTERVAL_MS) < 1e-6);
  assert.ok(probeDelayMs({ intervalMs: 1_000, inDoubt: true, idle: false }, 0.5) <= 1_000);
});

test("no window of the intensity's length ever holds more restarts than it allows", () => {
  const wishes = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 });
  holds(
    fc.property(wishes, (gaps) => {
      const restarts: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now = Math.max(now + gap, restartAllowedAt(restarts));
        restarts.push(now);
      }
      for (const [at, start] of restarts.entries()) {
        const next = restarts[at + RESTART_INTENSITY.restarts];
        assert.ok(next === undefined || next - start >= RESTART_INTENSITY.withinMs);
      }
    }),
  );
});
