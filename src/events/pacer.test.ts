import assert from "node:assert/strict";
import { test } from "node:test";
import { handWorld } from "#lib/hand-world.ts";
import { createPacer, LINGER_MS, STEP_MS } from "./pacer.ts";

function stage() {
  const world = handWorld();
  const departures: number[] = [];
  return { world, departures, pacer: createPacer(world, () => void departures.push(world.now())) };
}

test("a departure with nothing to send does not end all departures", () => {
  const { world, departures, pacer } = stage();
  for (const turn of [1, 2, 3]) {
    // Whoever sends says that it has left; here nobody did.
    pacer.wake("calm");
    world.advance(STEP_MS.calm);
    assert.equal(departures.length, turn);
  }
});

test("what is awaited leaves once, a step after the last, and not at all after a stop", () => {
  const { world, departures, pacer } = stage();
  pacer.wake("calm");
  world.advance(LINGER_MS);
  pacer.left();
  pacer.wake("calm");
  pacer.wake("busy");
  world.advance(1_000);
  assert.deepEqual(departures, [LINGER_MS, LINGER_MS + STEP_MS.busy]);
  pacer.left();
  pacer.wake("calm");
  pacer.stop();
  world.advance(1_000);
  assert.deepEqual([departures.length, world.timers], [2, 0]);
});
