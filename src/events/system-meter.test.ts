import assert from "node:assert/strict";
import { test } from "node:test";
import { handWorld } from "#lib/hand-world.ts";
import { createSystemMeter } from "./system-meter.ts";

const within = (got: number | undefined, wanted: number): void =>
  assert.ok(Math.abs((got ?? 0) - wanted) <= wanted * 0.01, `${got} is not about ${wanted}`);

test("percentiles are those of the calls answered in the last minute, to within a percent", () => {
  const world = handWorld();
  const meter = createSystemMeter(world);
  assert.equal(meter.read().latency, null);
  for (let ms = 1; ms <= 1_000; ms++) meter.observe({ outcome: ms % 2 === 0 ? "ok" : "tool_error", durationMs: ms });
  meter.observe({ outcome: "fault", durationMs: 60_000 });
  const { latency } = meter.read();
  assert.equal(latency?.calls, 1_000);
  within(latency?.p50, 500);
  within(latency?.p95, 950);
  within(latency?.p99, 990);
  within(latency?.max, 1_000);
});

test("what is older than a minute is forgotten, what is younger than 55 seconds is not", () => {
  const world = handWorld();
  const meter = createSystemMeter(world);
  for (let second = 0; second < 200; second++) {
    meter.observe({ outcome: "ok", durationMs: 1 });
    world.advance(1_000);
    const calls = meter.read().latency?.calls ?? 0;
    const passed = second + 1;
    assert.ok(calls <= Math.min(60, passed) && calls >= Math.min(55, passed), `${calls} after ${passed} s`);
  }
  world.advance(61_000);
  assert.equal(meter.read().latency, null);
  world.advance(3_600_000);
  meter.observe({ outcome: "ok", durationMs: 1e12 });
  assert.equal(meter.read().latency?.calls, 1, "absurd durations are counted as the longest there is");
});

test("tells how long the event loop was held up, and the heap", () => {
  const meter = createSystemMeter({ ...handWorld(), stalledMs: () => 123.4 });
  assert.equal(meter.read().loopLagMs, 123);
  assert.ok(meter.read().heapUsedBytes > 1e6);
});
