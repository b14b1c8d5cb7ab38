import assert from "node:assert/strict";
import { test } from "node:test";
import { callRecord } from "../fixtures.ts";
import { layersOf } from "./layers.ts";

test("each layer's bar begins where the one before ended, and together they are the whole time", () => {
  const layers = layersOf(callRecord({ durationMs: 100, queuedMs: 25, backoffMs: 20, upstreamMs: 50 }));
  assert.deepEqual(
    layers.map(({ kind, ms, from, share }) => [kind, ms, from, share]),
    [
      ["gateway", 5, 0, 0.05],
      ["queue", 25, 0.05, 0.25],
      ["server", 50, 0.3, 0.5],
      ["wait", 20, 0.8, 0.2],
    ],
  );
});

test("what took no time has no bar, but the gateway always has its line", () => {
  const layers = layersOf(callRecord({ durationMs: 3, upstreamMs: null, disposition: "coalesced" }));
  assert.deepEqual(layers, [{ kind: "gateway", name: "The equal call", ms: 3, from: 0, share: 1 }]);
});

test("no bar leaves the line when the clocks disagree, or when nothing took any time", () => {
  for (const times of [
    { durationMs: 1, upstreamMs: 4 },
    { durationMs: 0, upstreamMs: 0 },
    { durationMs: 0, upstreamMs: null },
  ])
    for (const { from, share } of layersOf(callRecord(times)))
      assert.ok(from >= 0 && share >= 0 && from + share <= 1.000001);
});
