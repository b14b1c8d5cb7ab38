import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { changed, seqs, stage } from "./stage.fixture.ts";

describe("a state that changes too fast", () => {
  test("a hundred changes a second reach a client as at most ten frames in any second, the last one right", () => {
    const { world, bus, join } = stage();
    const client = join();
    const arrivals: number[] = [];
    const { send } = client;
    client.send = (packet) => {
      const before = seqs(client).length;
      send(packet);
      for (let n = before; n < seqs(client).length; n++) arrivals.push(world.now());
    };
    for (let n = 0; n < 500; n++) {
      bus.publish(changed(n % 2 === 0 ? "down" : "up"));
      world.advance(10);
    }
    bus.publish(changed("paused"));
    world.advance(200);
    for (const at of arrivals) {
      const within = arrivals.filter((other) => other >= at && other < at + 1_000).length;
      assert.ok(within <= 10, `${within} frames in the second after ${at} ms`);
    }
    assert.ok(arrivals.length >= 45, `${arrivals.length} frames in five seconds`);
    const last = client.frames.findLast((frame) => frame.type === "mcp_status_change");
    assert.deepEqual([last?.seq, last?.data.new_status], [501, "paused"]);
  });

  test("is told in full as long as it changes a few times a second", () => {
    const { world, bus, join } = stage();
    const client = join();
    for (let n = 0; n < 4; n++) bus.publish(changed(n % 2 === 0 ? "down" : "up"));
    world.advance(1_000);
    for (let n = 0; n < 4; n++) bus.publish(changed(n % 2 === 0 ? "down" : "up"));
    world.advance(1_000);
    assert.deepEqual(seqs(client), [1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("does not hold up or replace what happens to other servers, nor events that each count", () => {
    const { bus, step, publish, join } = stage();
    const client = join();
    for (let n = 0; n < 20; n++) bus.publish(changed("down"));
    bus.publish(changed("down", "other"));
    publish("one");
    publish("two");
    bus.publish(changed("up"));
    step();
    assert.deepEqual(seqs(client), [21, 22, 23, 24]);
  });

  test("whatever is left out, numbers rise, each names the one before it, and the last state of each server is told", () => {
    const servers = ["a", "b", "c"];
    const happening = fc.record({
      server: fc.constantFrom(...servers),
      status: fc.constantFrom("up" as const, "down" as const, "degraded" as const),
      waitMs: fc.constantFrom(0, 0, 0, 3, 30, 60, 400),
    });
    holds(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        const { world, bus, step, join } = stage();
        const client = join();
        const states = new Map<string, string>();
        for (const { server, status, waitMs } of happenings) {
          bus.publish(changed(status, server));
          states.set(server, status);
          world.advance(waitMs);
        }
        step();
        const told = new Map<string, string>();
        let last = 0;
        for (const { type, data, seq, prev } of client.frames) {
          if (type !== "mcp_status_change") continue;
          assert.equal(prev, last);
          assert.ok((seq ?? 0) > last);
          last = seq ?? 0;
          told.set(data.name, data.new_status);
        }
        assert.deepEqual(told, states);
      }),
    );
  });
});
