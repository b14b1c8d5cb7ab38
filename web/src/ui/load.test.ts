import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerMinute } from "../../../src/contract/timeline.ts";
import { loadWords, STEPS, type Step, stepsOf, stepWords } from "./load.ts";

const MINUTE = 60_000;
/** Two and a half minutes into a step. */
const NOW = 1_000_000 * 5 * MINUTE + 150_000;
const minute = (ago: number, changes: Partial<ServerMinute> = {}): ServerMinute => ({
  at: Math.floor((NOW - ago * MINUTE) / MINUTE) * MINUTE,
  calls: 10,
  faults: 0,
  cached: 0,
  meanMs: 20,
  maxMs: 50,
  ...changes,
});
const last = (steps: readonly Step[]): Step => steps.at(-1) as Step;

test("minutes are gathered into the steps of a day, and nothing of them is lost", () => {
  const minutes = Array.from({ length: 1_400 }, (_, ago) => minute(ago, { calls: ago }));
  const steps = stepsOf(minutes, NOW);
  assert.equal(steps.length, STEPS);
  assert.equal(
    steps.reduce((sum, { calls }) => sum + calls, 0),
    minutes.reduce((sum, { calls }) => sum + calls, 0),
  );
  for (const [index, step] of steps.entries()) assert.equal(step.to, steps[index + 1]?.from ?? step.to);
});

test("a step's mean weighs each minute by its calls, and its longest is the longest of them", () => {
  const steps = stepsOf([minute(0, { calls: 30, meanMs: 10 }), minute(1, { meanMs: 50, maxMs: 900 })], NOW);
  assert.deepEqual([last(steps).meanMs, last(steps).maxMs, last(steps).calls], [20, 900, 40]);
});

test("the rate of the step that still runs counts only the minutes that have begun", () => {
  assert.equal(last(stepsOf([minute(0), minute(1), minute(2)], NOW)).perMinute, 10);
});

test("minutes that are not told are quiet ones", () => {
  const steps = stepsOf([], NOW);
  assert.deepEqual([last(steps).calls, last(steps).meanMs], [0, null]);
  assert.match(stepWords(last(steps)), /^\d\d:\d\d to \d\d:\d\d: no calls\.$/);
  assert.equal(loadWords(steps), "No calls in the last 24 hours.");
});

test("a step and a day are told in words", () => {
  const steps = stepsOf([minute(1, { faults: 2, cached: 3 }), minute(70)], NOW);
  assert.match(
    stepWords(last(steps)),
    /: 10 calls, 2 without an answer, 3 from the cache, 20 ms on average, 50 ms at most\.$/,
  );
  assert.equal(
    loadWords(steps),
    "20 calls in the last 24 hours, 2 without an answer; 20 ms on average, 50 ms at most.",
  );
});
