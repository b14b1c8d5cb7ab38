import assert from "node:assert/strict";
import { test } from "node:test";
import { handWorld } from "#lib/hand-world.ts";
import { LIVE_DEFAULTS } from "./deps.ts";
import type { Visit } from "./live-connection.ts";
import { createLiveLimit } from "./live-limits.ts";

const from = (address: string): Visit => ({
  lease: { principal: { id: "admin", role: "admin", via: "token" }, valid: () => true },
  address,
  cursor: undefined,
  eventTypes: undefined,
});

test("fifty may come at once and then fifty a second, all callers together; who is refused is told when to come", () => {
  const world = handWorld();
  const limit = createLiveLimit(LIVE_DEFAULTS, world);
  const come = (count: number) =>
    Array.from({ length: count }, (_, n) => limit(new Map(), from(`10.0.0.${n}`))).filter(
      (fault) => fault === undefined,
    );
  assert.equal(come(200).length, 50);
  const refused = limit(new Map(), from("10.0.1.1"));
  assert.deepEqual([refused?.code, refused?.retryAfterMs], ["RATE_LIMITED", 20]);
  world.advance(refused?.retryAfterMs ?? 0);
  assert.equal(come(10).length, 1);
  world.advance(500);
  assert.equal(come(100).length, 25);
  world.advance(60_000);
  assert.equal(come(200).length, 50, "a quiet minute saves nothing up");
});

test("this machine may open as many as it likes, and takes no room from others", () => {
  const limit = createLiveLimit({ ...LIVE_DEFAULTS, newPerSecond: 1 }, handWorld());
  for (let n = 0; n < 100; n++) assert.equal(limit(new Map(), from("127.0.0.1")), undefined);
  assert.equal(limit(new Map(), from("10.0.0.1")), undefined);
  assert.equal(limit(new Map(), from("10.0.0.1"))?.code, "RATE_LIMITED");
});
