import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Enlisted, Register, Roster } from "./roster.ts";

const commands = fc.array(fc.tuple(fc.constantFrom("add", "delete"), fc.integer({ min: 0, max: 9 })), {
  maxLength: 60,
});

test("a roster holds what a set would hold, whatever comes and goes", () => {
  void fc.assert(
    fc.property(commands, (steps) => {
      const members: (Enlisted & { id: number })[] = Array.from({ length: 10 }, (_, id) => ({ id }));
      const roster = new Roster<(typeof members)[number]>();
      const reference = new Set<number>();
      for (const [verb, id] of steps) {
        const member = members[id] as (typeof members)[number];
        if (verb === "add") {
          roster.add(member);
          reference.add(id);
        } else {
          roster.delete(member);
          reference.delete(id);
        }
      }
      assert.deepEqual(new Set(roster.all().map((member) => member.id)), reference);
      assert.equal(roster.size, reference.size);
    }),
    { numRuns: 1000 },
  );
});

test("a register answers as a map would, also for keys that objects know", () => {
  const register = new Register<number>();
  for (const key of ["__proto__", "constructor", "1", "o2-1"]) {
    assert.equal(register.get(key), undefined);
    register.set(key, 7);
    assert.equal(register.get(key), 7);
  }
  assert.equal(register.size, 4);
  assert.equal(register.delete("__proto__"), true);
  assert.equal(register.delete("__proto__"), false);
  assert.deepEqual([register.size, register.all().length], [3, 3]);
});
