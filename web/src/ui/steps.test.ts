import assert from "node:assert/strict";
import { test } from "node:test";
import { stepOf } from "./steps.ts";

test("the arrow keys go one part on and stop at the ends, Home and End lead there, other keys are not taken", () => {
  const led = (key: string, at: number) => stepOf(key, at, 48);
  assert.deepEqual(
    [led("ArrowLeft", 5), led("ArrowLeft", 0), led("ArrowRight", 5), led("ArrowRight", 47)],
    [4, 0, 6, 47],
  );
  assert.deepEqual([led("Home", 9), led("End", 9), led("ArrowDown", 9), led("Tab", 9)], [0, 47, undefined, undefined]);
});
