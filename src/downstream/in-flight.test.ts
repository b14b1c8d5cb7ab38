import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Cancellation } from "#lib/cancel.ts";
import { holds } from "#lib/holds.fixture.ts";
import { InFlight } from "./in-flight.ts";

test("what is running is found by its id, of its own type, until it has ended", () => {
  const id = fc.constantFrom<string | number>(0, "", "0", 1, "1", "a", 7);
  holds(
    fc.property(fc.array(id), (ids) => {
      const running = new InFlight();
      const model = new Map<string | number, Cancellation>();
      for (const each of ids) {
        if (model.delete(each)) running.delete(each);
        else {
          const control = new Cancellation();
          model.set(each, control);
          running.add(each, control);
        }
        assert.equal(running.size, model.size);
        assert.deepEqual(new Set(running.all()), new Set(model.values()));
        for (const known of ids) assert.equal(running.get(known), model.get(known));
      }
    }),
  );
});

test("ending what does not run changes nothing", () => {
  const running = new InFlight();
  running.add(1, new Cancellation());
  running.delete("1");
  assert.equal(running.size, 1);
});
