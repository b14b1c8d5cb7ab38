import assert from "node:assert/strict";
import { test } from "node:test";
import { handWorld } from "./hand-world.ts";
import { sleep, systemWorld } from "./world.ts";

test("a sleep ends after its time and not before", async () => {
  const world = handWorld();
  let awake = false;
  const slept = sleep(world, 100).then(() => (awake = true));
  world.advance(99);
  await new Promise(setImmediate);
  assert.equal(awake, false);
  world.advance(1);
  await slept;
});

test("a sleep that is aborted ends at once and leaves no timer", async () => {
  const world = handWorld();
  const leaving = new AbortController();
  const slept = sleep(world, 100, leaving.signal);
  leaving.abort("up");
  await assert.rejects(slept, (reason) => reason === "up");
  assert.equal(world.timers, 0);
  await assert.rejects(sleep(world, 100, leaving.signal), (reason) => reason === "up");
  assert.equal(world.timers, 0);
});

test("the real world's timers fire once, and not at all when cancelled", async () => {
  const cancelled = systemWorld.after(1, () => assert.fail("it was cancelled"));
  cancelled();
  const startedAt = systemWorld.now();
  let fired = 0;
  // The timer alone does not keep a process alive, so that something has to.
  const alive = setInterval(() => {}, 1_000);
  const cancel = await new Promise<() => void>((resolve) => {
    const stop = systemWorld.after(20, () => {
      fired++;
      resolve(stop);
    });
  });
  clearInterval(alive);
  cancel();
  assert.equal(fired, 1);
  assert.ok(systemWorld.now() - startedAt >= 19);
});

test("wall time is what the calendar says, chance is in [0, 1)", () => {
  assert.ok(Math.abs(systemWorld.wall() - Date.now()) < 1_000);
  const thrown = Array.from({ length: 100 }, () => systemWorld.random());
  assert.ok(thrown.every((each) => each >= 0 && each < 1));
  assert.ok(new Set(thrown).size > 50);
});
