// Does the gateway shed the least important first, at the right moment, and without flapping?
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import {
  CALM,
  isWorse,
  keepsAlive,
  OVERLOAD_LEVELS,
  type OverloadLevel,
  type OverloadState,
  type Pressure,
  SHEDDABLE,
  sheds,
  weigh,
} from "./overload.ts";

const EASY: Pressure = { lagMs: 0, heapRatio: 0.3 };
const STEP_MS = 250;

/** The level after each measurement, one every 250 ms. */
function levels(pressures: readonly Partial<Pressure>[]): OverloadLevel[] {
  let state: OverloadState = CALM;
  return pressures.map((pressure, step) => {
    state = weigh(state, { ...EASY, ...pressure }, step * STEP_MS);
    return state.level;
  });
}

const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);
const last = (pressures: readonly Partial<Pressure>[]): OverloadLevel | undefined => levels(pressures).at(-1);

for (const [heapRatio, level] of [
  [0.85, "calm"],
  [0.86, "busy"],
  [0.92, "busy"],
  [0.93, "strained"],
  [0.95, "strained"],
  [0.96, "critical"],
] as const) {
  test(`a heap of ${heapRatio} is ${level} at once`, () => assert.equal(last([{ heapRatio }]), level));
}

for (const [lagMs, level] of [
  [200, "calm"],
  [201, "busy"],
  [1_000, "busy"],
  [1_001, "critical"],
] as const) {
  test(`a lag of ${lagMs} ms is ${level} after two seconds of it, and calm before`, () => {
    assert.equal(last(times(8, { lagMs })), "calm");
    assert.equal(last(times(9, { lagMs })), level);
  });
}

test("a lag that breaks off begins anew", () => {
  assert.equal(last([...times(8, { lagMs: 900 }), EASY, ...times(8, { lagMs: 900 })]), "calm");
});

test("a level is left when it was not needed for two seconds, step by step", () => {
  const seen = levels([{ heapRatio: 0.96 }, ...times(7, EASY), EASY]);
  assert.deepEqual(seen, [...times(8, "critical"), "calm"]);
  const down = levels([{ heapRatio: 0.96 }, ...times(9, { heapRatio: 0.93 }), ...times(9, { heapRatio: 0.9 })]);
  assert.deepEqual([...new Set(down)], ["critical", "strained", "busy"]);
});

test("what is less important is never served where something more important is refused", () => {
  const refused = OVERLOAD_LEVELS.map((level) => SHEDDABLE.filter((work) => sheds(level, work)));
  assert.deepEqual(refused, [
    [],
    ["list", "background", "dashboard"],
    ["list", "background", "dashboard"],
    ["call", "list", "background", "dashboard"],
  ]);
  assert.deepEqual(OVERLOAD_LEVELS.map(keepsAlive), [true, true, false, false]);
});

const anyPressure = fc.record({ lagMs: fc.double({ min: 0, max: 3_000 }), heapRatio: fc.double({ min: 0, max: 1 }) });

test("a level never falls within two seconds of its last need, whatever is measured", () => {
  holds(
    fc.property(fc.array(anyPressure, { maxLength: 60 }), (pressures) => {
      const seen = levels(pressures);
      for (let step = 1; step < seen.length; step++) {
        const [before, now] = [seen[step - 1] as OverloadLevel, seen[step] as OverloadLevel];
        if (!isWorse(before, now)) continue;
        // Whatever raised it lies at least two seconds back.
        const recent = pressures.slice(Math.max(0, step - 7), step + 1);
        for (const { heapRatio } of recent)
          assert.equal(isWorse(levels([{ heapRatio }])[0] as OverloadLevel, now), false);
      }
    }),
  );
});

test("more pressure never gives a lower level", () => {
  holds(
    fc.property(fc.array(anyPressure, { maxLength: 40 }), fc.nat(1_000), (pressures, moreMs) => {
      const easier = levels(pressures);
      const harder = levels(pressures.map(({ lagMs, heapRatio }) => ({ lagMs: lagMs + moreMs, heapRatio })));
      for (const [step, level] of easier.entries()) {
        assert.equal(isWorse(level, harder[step] as OverloadLevel), false);
      }
    }),
  );
});
