import assert from "node:assert/strict";
import { test } from "node:test";
import { Digest } from "./digest.ts";

/** Seconds, of the given ones, after which a line is due. */
function dueAt(seconds: readonly number[], happened: (second: number) => boolean): number[] {
  const digest = new Digest(0);
  return seconds.filter((second) => digest.isDue(second * 1_000, happened(second)));
}

const everyHalfMinute = Array.from({ length: 45 }, (_none, at) => (at + 1) * 30);

test("while something happens a line is due every minute", () => {
  assert.deepEqual(
    dueAt([30, 59, 60, 61, 119, 120], () => true),
    [60, 120],
  );
});

test("while nothing happens a line is due every ten minutes", () => {
  assert.deepEqual(
    dueAt(everyHalfMinute, () => false),
    [600, 1_200],
  );
});

test("what happens after a quiet time is told at the next look", () => {
  assert.deepEqual(
    dueAt(everyHalfMinute, (second) => second === 330),
    [330, 930],
  );
});
