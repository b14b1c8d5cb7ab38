import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FRAME_SCHEMAS, type Frame, type GatewayEvent } from "#contract/event.ts";
import { AUDIENCE_LIMITS, CLOSE_TOO_SLOW } from "./audience.ts";
import { LINGER_MS, STEP_MS } from "./pacer.ts";
import { changed, observed, seqs, stage, typesOf, view } from "./stage.fixture.ts";

const EVENTS: GatewayEvent[] = [
  { type: "server.added", at: 1, view },
  changed(),
  observed("no answer"),
  { type: "catalog.changed", at: 4, name: "files", kinds: ["tools"], view },
  {
    type: "circuit.changed",
    at: 5,
    name: "files",
    oldState: "closed",
    newState: "open",
    reason: "5 failures in a row",
    retryAfterMs: 30_000,
    failures: 5,
    severity: "critical",
    view,
  },
  { type: "server.auto_disabled", at: 6, name: "files", reason: "3 failed cycles", cycles: 3, view },
  { type: "server.removed", at: 7, name: "files" },
];

describe("the broadcaster", () => {
  test("sends initial_status first, with the number it covers, the epoch and the count of sockets", () => {
    const { bus, broadcaster, join } = stage();
    for (const event of EVENTS) bus.publish(event);
    const first = join().frames[0] as Frame & { type: "initial_status" };
    assert.equal(first.type, "initial_status");
    assert.equal(first.seq, EVENTS.length);
    assert.match(first.epoch ?? "", /^[0-9a-f]{32}$/);
    assert.equal(first.data.metrics.sockets, 1);
    assert.equal(broadcaster.vitals().sockets, 1);
  });

  test("every event becomes a frame of the published schema, numbered without a gap", () => {
    const { bus, step, join } = stage();
    const client = join();
    for (const event of EVENTS) bus.publish(event);
    step();
    assert.deepEqual(typesOf(client).slice(1), [
      "server_added",
      "mcp_status_change",
      "health_event",
      "mcp_tools_changed",
      "circuit_breaker_state",
      "mcp_auto_disabled",
      "server_removed",
    ]);
    let last = client.frames[0]?.seq;
    for (const frame of client.frames.slice(1)) {
      assert.equal(frame.prev, last);
      assert.equal(frame.epoch, client.frames[0]?.epoch);
      last = frame.seq;
    }
    for (const type of typesOf(client)) assert.ok(type in FRAME_SCHEMAS);
  });

  test("what happens together after silence leaves together at once, what follows waits for the next step", () => {
    const { world, publish, join } = stage();
    const client = join();
    publish();
    publish();
    world.advance(LINGER_MS);
    assert.equal(client.writes, 2, "snapshot and both frames");
    for (let n = 0; n < 5; n++) publish();
    world.advance(LINGER_MS);
    assert.equal(client.writes, 2);
    world.advance(STEP_MS.calm);
    assert.equal(client.writes, 3);
    assert.deepEqual(seqs(client), [1, 2, 3, 4, 5, 6, 7]);
  });

  test("a client that comes between two writes gets no frame that its snapshot covers", () => {
    const { step, publish, join } = stage();
    const early = join();
    publish();
    step();
    publish();
    const late = join();
    step();
    publish();
    step();
    assert.deepEqual(seqs(early), [1, 2, 3]);
    assert.equal(late.frames[0]?.seq, 2);
    assert.deepEqual(seqs(late), [3]);
    assert.equal(late.frames[1]?.prev, 2);
  });

  test("all clients with the same view share one buffer", () => {
    const { step, publish, join } = stage();
    const sent: Buffer[] = [];
    for (const one of [join(), join(), join()]) {
      const { send } = one;
      one.send = (packet) => {
        sent.push(packet.json);
        send(packet);
      };
    }
    publish();
    step();
    assert.equal(sent.length, 3);
    assert.ok(sent.every((bytes) => bytes === sent[0]));
  });

  test("many who come at once share one snapshot, until something happens", () => {
    const { publish, step, join } = stage();
    const [one, two] = [join(), join()];
    assert.equal(one.frames[0]?.seq, 0);
    assert.deepEqual(one.frames[0], two.frames[0]);
    publish();
    step();
    assert.equal(join().frames[0]?.seq, 1);
  });

  test("an id lets a reader of events resume after what it was sent", () => {
    const { broadcaster, step, publish, join } = stage();
    const client = join();
    publish();
    publish();
    step();
    const { epoch } = broadcaster.vitals();
    assert.deepEqual(client.ids, [`${epoch}:0`, `${epoch}:2`]);
  });

  test("system_metrics come once a second and only while somebody is attached", () => {
    const { world, broadcaster, join } = stage();
    world.advance(5_000);
    const client = join();
    world.advance(3_100);
    const metrics = client.frames.filter((frame) => frame.type === "system_metrics");
    assert.equal(metrics.length, 3);
    const { sockets, children, latency, loopLagMs, heapUsedBytes } = metrics[0]?.data ?? {};
    assert.deepEqual([sockets, children, latency, loopLagMs], [1, 0, null, 0]);
    assert.ok((heapUsedBytes ?? 0) > 1e6);
    client.attachment.leave();
    world.advance(3_000);
    assert.equal(typesOf(client).filter((type) => type === "system_metrics").length, 3);
    assert.equal(broadcaster.vitals().sockets, 0);
  });

  test("another initial_status follows when readiness changes, announced or not", () => {
    const { bus, live, world, join } = stage();
    live.ready = false;
    const client = join();
    const readiness = () => client.frames.flatMap((f) => (f.type === "initial_status" ? [f.data.ready] : []));
    live.ready = true;
    bus.publish({ type: "store.changed", at: 1, state: "ready" });
    assert.deepEqual(readiness(), [false, true]);
    live.ready = false;
    world.advance(1_000);
    assert.deepEqual(readiness(), [false, true, false]);
  });

  test("after close nothing is sent and no timer is left", () => {
    const { world, broadcaster, publish, join } = stage();
    const client = join();
    publish();
    broadcaster.close();
    const before = client.writes;
    publish();
    world.advance(5_000);
    assert.equal(client.writes, before);
    assert.equal(world.timers, 0);
  });
});

describe("a client that reads slowly", () => {
  test("loses frames, resumes with a snapshot, and never delays the others", () => {
    const { world, publish, step, join } = stage();
    const [slow, quick] = [join(), join()];
    slow.buffered = AUDIENCE_LIMITS.maxBufferedBytes + 1;
    for (let n = 0; n < 5; n++) publish();
    step();
    assert.deepEqual(seqs(quick), [1, 2, 3, 4, 5]);
    assert.deepEqual(seqs(slow), []);
    slow.buffered = 0;
    world.advance(1_000);
    const again = slow.frames.filter((frame) => frame.type === "initial_status").at(-1);
    assert.equal(again?.seq, 5);
    publish();
    step();
    assert.deepEqual(seqs(slow), [6]);
    assert.equal(slow.cutWith, undefined);
  });

  test("is cut with 4008 when it falls behind twice within a minute", () => {
    const { world, broadcaster, publish, join } = stage();
    const slow = join();
    for (const relapse of [1, 2]) {
      assert.equal(slow.cutWith, undefined, `before relapse ${relapse}`);
      slow.buffered = AUDIENCE_LIMITS.maxBufferedBytes + 1;
      publish();
      world.advance(STEP_MS.busy);
      slow.buffered = 0;
      world.advance(10_000);
    }
    assert.equal(slow.cutWith, CLOSE_TOO_SLOW);
    assert.equal(broadcaster.vitals().sockets, 0);
  });

  test("that was cut takes nothing from one who came in its place when its connection closes at last", () => {
    const { world, publish, step, join } = stage();
    const stopped = join();
    stopped.buffered = 2 * AUDIENCE_LIMITS.maxBufferedBytes;
    publish();
    world.advance(2_000);
    assert.equal(stopped.cutWith, CLOSE_TOO_SLOW);
    const next = join();
    stopped.attachment.leave();
    publish();
    step();
    assert.deepEqual(seqs(next), [2]);
  });

  test("is cut within two seconds when it has stopped, and soon when it does not get below the limit", () => {
    for (const [readsPerSecond, withinMs] of [
      [0, 2_000],
      [1_000, 3_000],
    ] as const) {
      const { world, publish, join } = stage();
      const stopped = join();
      stopped.buffered = 2 * AUDIENCE_LIMITS.maxBufferedBytes;
      publish();
      for (let ms = 0; ms < withinMs; ms += 1_000) {
        world.advance(1_000);
        stopped.buffered -= readsPerSecond;
      }
      assert.equal(stopped.cutWith, CLOSE_TOO_SLOW, `${readsPerSecond} bytes/s`);
    }
  });
});
