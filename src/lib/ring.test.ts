import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "./holds.fixture.ts";
import { createRing } from "./ring.ts";

test("a ring keeps the newest, oldest first", () => {
  holds(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 9 }), (items, capacity) => {
      const ring = createRing<number>(capacity);
      for (const item of items) ring.push(item);
      assert.deepEqual(ring.toArray(), items.slice(-capacity));
      assert.equal(ring.size, Math.min(items.length, capacity));
    }),
  );
});
