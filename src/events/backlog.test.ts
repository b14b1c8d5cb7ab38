import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { Backlog } from "./backlog.ts";

const step = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), bytes: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant("take" as const), rows: fc.integer({ min: 1, max: 5 }), back: fc.boolean() }),
);

test("what waits is always the newest in order, within its bounds, and what gave way is counted", () => {
  holds(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const limits = { rows: 8, bytes: 200 };
      const backlog = new Backlog<{ at: number; bytes: number }>(limits, ({ bytes }) => bytes);
      let model: { at: number; bytes: number }[] = [];
      let dropped = 0;
      const bytes = (): number => model.reduce((sum, item) => sum + item.bytes, 0);
      const trim = (): void => {
        for (; model.length > limits.rows || (bytes() > limits.bytes && model.length > 1); dropped++) model.shift();
      };
      steps.forEach((each, at) => {
        if (each.kind === "add") {
          backlog.add({ at, bytes: each.bytes });
          model.push({ at, bytes: each.bytes });
          trim();
          return;
        }
        const taken = backlog.take({ rows: each.rows, bytes: 100 });
        assert.deepEqual(taken, model.slice(0, taken.length));
        assert.ok(taken.length > 0 || model.length === 0);
        assert.ok(taken.length <= each.rows);
        assert.ok(taken.length < 2 || taken.reduce((sum, item) => sum + item.bytes, 0) <= 100);
        model = model.slice(taken.length);
        if (!each.back) return;
        backlog.putBack(taken);
        model = [...taken, ...model];
      });
      assert.equal(backlog.size, model.length);
      assert.deepEqual(backlog.take({ rows: 100, bytes: 1e9 }), model);
      assert.deepEqual([backlog.takeDropped(), backlog.takeDropped()], [dropped, 0]);
    }),
  );
});
