import assert from "node:assert/strict";
import { test } from "node:test";
import { keepTickShape, keptTick } from "./tick-shape.ts";

test("what is kept is what Node queues for a tick", async () => {
  keepTickShape();
  await new Promise<void>((resolve) => process.nextTick(resolve));
  assert.deepEqual(Object.keys(keptTick() ?? {}), ["callback", "args"]);
});
