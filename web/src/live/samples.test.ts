import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheCounts, systemMetrics } from "../fixtures.ts";
import { MAX_SAMPLES, NO_SAMPLES, type Samples, sampleAt, sampled } from "./samples.ts";

const at = (samples: Samples, second: number, calls = second) =>
  sampled(samples, systemMetrics({ calls, uptimeMs: second * 1000 }), second * 1000);
const seconds = (from: number, to: number): Samples => {
  let samples = NO_SAMPLES;
  for (let second = from; second <= to; second++) samples = at(samples, second);
  return samples;
};

test("samples follow each other, and only as many as are needed are kept", () => {
  const { list, breaks } = seconds(1, 200);
  assert.deepEqual([list.length, list[0]?.at, breaks], [MAX_SAMPLES, 51_000, 0]);
});

test("a silence is a break: what is before it is not compared with what is after", () => {
  const { list, breaks } = at(seconds(1, 3), 9);
  assert.deepEqual([list.length, breaks], [1, 1]);
});

test("a gateway that begins anew is a break", () => {
  const young = sampled(seconds(1, 3), systemMetrics({ calls: 0, uptimeMs: 5 }), 4000);
  assert.deepEqual([young.list.length, young.breaks], [1, 1]);
});

test("every answer that did not need the server is a hit", () => {
  const cache = cacheCounts({ hits: 1, stale: 2, coalesced: 3, misses: 9, savedMs: 50 });
  const [sample] = sampled(NO_SAMPLES, systemMetrics({ cache }), 1).list;
  assert.deepEqual([sample?.hits, sample?.savedMs], [6, 50]);
});

test("a moment is told by the sample of its second", () => {
  const { list } = seconds(1, 5);
  assert.deepEqual(
    [500, 400, 3_400, 3_500, 6_400, 6_500].map((moment) => sampleAt(list, moment)?.at ?? null),
    [1000, null, 3000, 4000, 5000, null],
  );
});
