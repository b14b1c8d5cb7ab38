// Does a slow start end when its time is up, and is the gateway's own standstill taken off?
import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf } from "#contract/preset.ts";
import { handWorld } from "#lib/hand-world.ts";
import { limitStart } from "./start-limit.ts";

const slow = { name: "files", health: { ...settingsOf("default", "http").health, startTimeoutMs: 1_000 } };

test("a server that takes too long is given up with words that name it and its limit", () => {
  const world = handWorld();
  const limit = limitStart(slow, { world, signal: new AbortController().signal });
  world.advance(999);
  assert.equal(limit.signal.aborted, false);
  world.advance(1);
  assert.equal(limit.signal.reason, limit.fault());
  assert.equal(limit.fault()?.code, "UPSTREAM_UNAVAILABLE");
  assert.match(limit.fault()?.message ?? "", /files .*within 1 s/);
});

test("a time in which the gateway itself stood still is granted once more", () => {
  const world = { ...handWorld(), stalledMs: () => 300 };
  const limit = limitStart(slow, { world, signal: new AbortController().signal });
  world.advance(1_299);
  assert.equal(limit.signal.aborted, false);
  world.advance(1);
  assert.equal(limit.signal.aborted, true);
});

test("the caller's signal passes through and is not taken for the limit", () => {
  const caller = new AbortController();
  const limit = limitStart(slow, { world: handWorld(), signal: caller.signal });
  caller.abort("stop");
  assert.equal(limit.signal.reason, "stop");
  assert.equal(limit.fault(), undefined);
});

test("a caller that has gone already starts nothing", () => {
  const limit = limitStart(slow, { world: handWorld(), signal: AbortSignal.abort("gone") });
  assert.equal(limit.signal.reason, "gone");
});

test("a handshake that has ended leaves no timer behind", () => {
  const world = handWorld();
  limitStart(slow, { world, signal: new AbortController().signal }).end();
  assert.equal(world.timers, 0);
});
