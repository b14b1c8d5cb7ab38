import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handWorld } from "#lib/hand-world.ts";
import { AUDIENCE_LIMITS, Audience } from "./audience.ts";
import { packetOf } from "./packet.ts";
import { ADMIN, client, maySee } from "./stage.fixture.ts";

const LOOK_MS = 500;
const BEHIND = 2 * AUDIENCE_LIMITS.maxBufferedBytes;
const PACKET = packetOf(['{"type":"ping","ts":1,"data":{}}'], { epoch: "e", seq: 1 });

/** A client that has just fallen behind, and looks at it; time passes with this process running or standing still. */
function stage() {
  const stall = { ms: 0, endedAt: Number.NEGATIVE_INFINITY };
  const world = Object.assign(handWorld(), { stalledMs: (since: number) => (stall.endedAt > since ? stall.ms : 0) });
  const audience = new Audience(world, maySee);
  const slow = client();
  const seat = audience.sit(slow, ADMIN, 0);
  audience.resume(seat, null);
  slow.buffered = BEHIND;
  audience.sendToAll(PACKET);
  return {
    slow,
    seat,
    look(ms = LOOK_MS) {
      world.advance(ms);
      audience.followUp(() => PACKET);
      return slow.cutWith;
    },
    standStill(ms: number) {
      world.advance(ms);
      Object.assign(stall, { ms, endedAt: world.now() });
    },
  };
}

/** Looks until it is cut. */
function untilCut({ look }: ReturnType<typeof stage>): number {
  for (let looks = 1; looks <= 20; looks++) if (look() !== undefined) return looks;
  return Number.POSITIVE_INFINITY;
}

describe("a client that fell behind", () => {
  test("is not judged by a look after a stall of ours: what it could have read had not left yet", () => {
    for (const looksBefore of [0, 1]) {
      const on = stage();
      for (let n = 0; n < looksBefore; n++) assert.equal(on.look(), undefined);
      on.standStill(5_000);
      assert.equal(on.look(100), undefined);
      on.slow.buffered = 0;
      assert.equal(on.look(), undefined);
      assert.equal(on.seat.pace.kind, "flowing");
    }
  });

  test("that reads slowly has the time that we stood still on top", () => {
    const on = stage();
    on.look();
    on.standStill(5_000);
    for (let looks = 1; looks <= 2; looks++) {
      on.slow.buffered -= 1_000;
      assert.equal(on.look(), undefined, `look ${looks}`);
    }
    assert.equal(untilCut(on), 1);
  });

  test("and has stopped is cut after as much running time as ever, also when we stand still again and again", () => {
    assert.equal(untilCut(stage()), AUDIENCE_LIMITS.stuckMs / LOOK_MS);
    const once = stage();
    once.standStill(5_000);
    once.look(0);
    assert.equal(untilCut(once), AUDIENCE_LIMITS.stuckMs / LOOK_MS);
    const often = stage();
    let looks = 0;
    while (often.slow.cutWith === undefined && looks < 20) {
      often.standStill(LOOK_MS / 2);
      often.look(LOOK_MS / 2);
      looks++;
    }
    assert.ok(looks <= 5, `${looks} looks`);
  });
});
