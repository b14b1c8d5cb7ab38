import assert from "node:assert/strict";
import { test } from "node:test";
import type { Figure } from "../../../src/contract/timeline.ts";
import { figure, systemMetrics } from "../fixtures.ts";
import { continued, lastMinute, minutesOf, shareOf } from "./figures.ts";
import { NO_SAMPLES, type Sample, sampled } from "./samples.ts";

/** Two calls a second, told once a second, from one second to another; the gateway has been up for long. */
function told(from: number, to: number): readonly Sample[] {
  let samples = NO_SAMPLES;
  for (let second = from; second <= to; second++)
    samples = sampled(
      samples,
      systemMetrics({ calls: 2 * second, faults: second, uptimeMs: 1e6 + second * 1000 }),
      second * 1000,
    );
  return samples.list;
}
const tens = (...ends: number[]): Figure[] => ends.map((end) => figure({ at: end * 1000, calls: 20, faults: 10 }));

test("what the stream tells after the gateway's last figure goes on in the same steps, with nothing twice and nothing lost", () => {
  const all = continued(tens(20, 10), told(15, 52));
  assert.deepEqual(
    all.map(({ at, calls, faults }) => [at / 1000, calls, faults]),
    [
      [10, 20, 10],
      [20, 20, 10],
      [30, 20, 10],
      [40, 20, 10],
      [50, 20, 10],
    ],
  );
});

test("without a sample at its begin no step is made up", () => {
  assert.equal(continued(tens(10), told(15, 52)).length, 1);
  assert.deepEqual(continued([], told(15, 52)), []);
});

test("a step waits until the sample after its end has come: what was shown never changes", () => {
  assert.equal(continued(tens(20), told(15, 40)).at(-1)?.at, 30_000);
  assert.equal(continued(tens(20), told(15, 41)).at(-1)?.at, 40_000);
});

test("an hour is kept", () => {
  const ends = Array.from({ length: 360 }, (_, index) => (index + 1) * 10);
  const all = continued(tens(...ends), told(3595, 3625));
  assert.deepEqual([all.length, all[0]?.at, all.at(-1)?.at], [360, 30_000, 3_620_000]);
});

test("a minute is what its six tens add up to, and not known before there are six", () => {
  assert.deepEqual(
    minutesOf(tens(10, 20, 30, 40, 50, 60, 70)).map((minute) => minute?.calls ?? null),
    [null, null, null, null, null, 120, 120],
  );
});

test("the last minute is counted to the second once the stream has told of all of it", () => {
  assert.equal(lastMinute(tens(10), told(0, 60))?.calls, 120);
  assert.equal(lastMinute(tens(10, 20, 30, 40, 50, 60, 70), told(75, 99))?.calls, 120);
  assert.equal(lastMinute(tens(10, 20), told(15, 52)), null);
  assert.equal(lastMinute([], told(15, 52)), null);
});

test("a gateway that is younger than a minute has all its calls in the last one", () => {
  const young = sampled(NO_SAMPLES, systemMetrics({ calls: 7, uptimeMs: 9_000 }), 1000);
  assert.equal(lastMinute([], young.list)?.calls, 7);
});

test("the share of nothing is not known", () => assert.deepEqual([shareOf(0, 0), shareOf(1, 4)], [null, 0.25]));
