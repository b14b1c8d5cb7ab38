import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines, type Timed } from "./deadlines.ts";
import type { World } from "./world.ts";

function handWorld(): World & { pass(ms: number): void; timers: number } {
  let now = 0;
  let due: { at: number; fn: () => void }[] = [];
  return {
    now: () => now,
    wall: () => now,
    random: () => 0,
    stalledMs: () => 0,
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      due.push(timer);
      return () => {
        due = due.filter((other) => other !== timer);
      };
    },
    get timers() {
      return due.length;
    },
    pass(ms) {
      now += ms;
      const ripe = due.filter((timer) => timer.at <= now);
      due = due.filter((timer) => timer.at > now);
      for (const timer of ripe) timer.fn();
    },
  };
}

const member = (endsAt: number, log: number[]): Timed => ({ endsAt, expire: () => log.push(endsAt) });

test("members expire at their own time, with one timer for all", () => {
  const world = handWorld();
  const deadlines = new Deadlines(world);
  const expired: number[] = [];
  for (const endsAt of [300, 100, 200]) deadlines.add(member(endsAt, expired));
  assert.equal(world.timers, 1);
  world.pass(100);
  assert.deepEqual(expired, [100]);
  world.pass(250);
  assert.deepEqual(expired.sort(), [100, 200, 300]);
  assert.equal(world.timers, 0);
});

test("a member that left or was moved later does not expire early", () => {
  const world = handWorld();
  const deadlines = new Deadlines(world);
  const expired: number[] = [];
  const gone = member(100, expired);
  const moved = member(100, expired);
  deadlines.add(gone);
  deadlines.add(moved);
  deadlines.delete(gone);
  moved.endsAt = 400;
  world.pass(100);
  assert.deepEqual(expired, []);
  world.pass(300);
  assert.equal(expired.length, 1);
});
