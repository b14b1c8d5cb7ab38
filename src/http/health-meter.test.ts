import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayEvent } from "#contract/event.ts";
import { createHealthMeter } from "./health-meter.ts";
import { viewOf } from "./stage.fixture.ts";

const view = viewOf("files");
const observed = (name: string): GatewayEvent => ({
  type: "health.observed",
  at: 1,
  name,
  eventType: "probe_failed",
  message: "",
  latencyMs: null,
  view,
});
const circuit = (newState: "open" | "half_open"): GatewayEvent => ({
  type: "circuit.changed",
  at: 1,
  name: "files",
  oldState: "closed",
  newState,
  reason: "",
  retryAfterMs: null,
  failures: 5,
  severity: "critical",
  view,
});

test("health events are counted by server in the words of the health log, and other events are not", () => {
  const meter = createHealthMeter();
  meter.observe(observed("files"));
  meter.observe(observed("files"));
  meter.observe(circuit("open"));
  meter.observe(circuit("half_open"));
  meter.observe({ type: "server.auto_disabled", at: 1, name: "files", reason: "", cycles: 3, view });
  meter.observe({ type: "server.added", at: 1, view });
  meter.observe({ type: "server.removed", at: 1, name: "files" });
  meter.observe({ type: "catalog.changed", at: 1, name: "files", kinds: ["tools"], view });
  assert.deepEqual(
    [...meter.series()].map(({ server, type, events }) => `${server} ${type} ${events}`),
    ["files probe_failed 2", "files circuit_open 1", "files circuit_half_open 1", "files auto_disabled 1"],
  );
});

test("servers beyond the bound are counted together", () => {
  const meter = createHealthMeter();
  for (let n = 0; n < 2_100; n++) meter.observe(observed(`s${n}`));
  const series = [...meter.series()];
  assert.ok(series.length <= 2_001, String(series.length));
  assert.equal(series.find(({ server }) => server === "other")?.events, 100);
});
