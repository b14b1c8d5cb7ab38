import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FRAME_SCHEMAS, type Frame, frameSchema, type GatewayEvent } from "#contract/event.ts";
import { handWorld } from "#lib/hand-world.fixture.ts";
import { silentLog } from "#lib/log.ts";
import { AUDIENCE_LIMITS, CLOSE_TOO_SLOW, type LiveClient } from "./audience.ts";
import { createBroadcaster } from "./broadcaster.ts";
import { createBus } from "./bus.ts";
import { COALESCE_MS } from "./coalescer.ts";
import { view } from "./stage.fixture.ts";

const EVENTS: GatewayEvent[] = [
  { type: "server.added", at: 1, view },
  {
    type: "status.changed",
    at: 2,
    name: "files",
    oldStatus: "up",
    newStatus: "down",
    reason: "exited",
    severity: "critical",
    view,
  },
  {
    type: "health.observed",
    at: 3,
    name: "files",
    eventType: "probe_failed",
    message: "no answer",
    latencyMs: null,
    view,
  },
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

interface Reader extends LiveClient {
  readonly frames: Frame[];
  writes: number;
  buffered: number;
  cutWith: number | undefined;
}

/** A client that parses every frame it gets with the published schema. */
function reader(): Reader {
  const self: Reader = {
    frames: [],
    writes: 0,
    buffered: 0,
    cutWith: undefined,
    send(bytes) {
      self.writes += 1;
      const value: unknown = JSON.parse(bytes.toString());
      for (const frame of Array.isArray(value) ? value : [value]) self.frames.push(frameSchema.parse(frame));
    },
    bufferedBytes: () => self.buffered,
    cut(code) {
      self.cutWith = code;
    },
  };
  return self;
}

function stage() {
  const world = handWorld();
  const bus = createBus(silentLog);
  const live = { ready: true };
  const metrics = { calls: 0, faults: 0, sessions: 0, uptimeMs: 1, rssBytes: 1 };
  const broadcaster = createBroadcaster({
    snapshot: () => ({ ready: live.ready, servers: [view], metrics }),
    bus,
    world,
  });
  const statusEvent = EVENTS[1] as GatewayEvent;
  return { world, bus, live, broadcaster, publish: () => bus.publish(statusEvent) };
}

const seqs = (client: Reader): number[] =>
  client.frames.filter((frame) => frame.prev !== undefined).map((frame) => frame.seq as number);
const typesOf = (client: Reader): string[] => client.frames.map((frame) => frame.type);

describe("the broadcaster", () => {
  test("sends initial_status first, with the number it covers, the epoch and the count of sockets", () => {
    const { bus, broadcaster } = stage();
    for (const event of EVENTS) bus.publish(event);
    const client = reader();
    broadcaster.attach(client);
    const first = client.frames[0] as Frame & { type: "initial_status" };
    assert.equal(first.type, "initial_status");
    assert.equal(first.seq, EVENTS.length);
    assert.match(first.epoch ?? "", /^[0-9a-f]{32}$/);
    assert.equal(first.data.metrics.sockets, 1);
    assert.equal(broadcaster.vitals().sockets, 1);
  });

  test("every event becomes a frame of the published schema, numbered without a gap", () => {
    const { bus, world, broadcaster } = stage();
    const client = reader();
    broadcaster.attach(client);
    for (const event of EVENTS) bus.publish(event);
    world.advance(COALESCE_MS);
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
      last = frame.seq;
    }
    for (const type of typesOf(client)) assert.ok(type in FRAME_SCHEMAS);
  });

  test("the first frame after silence leaves at once and those that follow share one write", () => {
    const { world, broadcaster, publish } = stage();
    const client = reader();
    broadcaster.attach(client);
    publish();
    assert.equal(client.writes, 2, "snapshot and first frame");
    for (let n = 0; n < 10; n++) publish();
    assert.equal(client.writes, 2);
    world.advance(COALESCE_MS);
    assert.equal(client.writes, 3);
    assert.equal(seqs(client).length, 11);
  });

  test("a client that comes between two writes gets no frame that its snapshot covers", () => {
    const { world, broadcaster, publish } = stage();
    const early = reader();
    broadcaster.attach(early);
    publish();
    publish();
    const late = reader();
    broadcaster.attach(late);
    world.advance(COALESCE_MS);
    publish();
    world.advance(COALESCE_MS);
    assert.deepEqual(seqs(early), [1, 2, 3]);
    assert.equal(late.frames[0]?.seq, 2);
    assert.deepEqual(seqs(late), [3]);
  });

  test("system_metrics come once a second and only while somebody is attached", () => {
    const { world, broadcaster } = stage();
    world.advance(5_000);
    const client = reader();
    const detach = broadcaster.attach(client);
    world.advance(3_100);
    assert.equal(typesOf(client).filter((type) => type === "system_metrics").length, 3);
    detach();
    world.advance(3_000);
    assert.equal(typesOf(client).filter((type) => type === "system_metrics").length, 3);
    assert.equal(broadcaster.vitals().sockets, 0);
  });

  test("another initial_status follows when readiness changes, announced or not", () => {
    const { bus, live, world, broadcaster } = stage();
    live.ready = false;
    const client = reader();
    broadcaster.attach(client);
    const readiness = () => client.frames.flatMap((f) => (f.type === "initial_status" ? [f.data.ready] : []));
    live.ready = true;
    bus.publish({ type: "store.changed", at: 1, state: "ready" });
    assert.deepEqual(readiness(), [false, true]);
    live.ready = false;
    world.advance(1_000);
    assert.deepEqual(readiness(), [false, true, false]);
  });

  test("a slow client loses frames, resumes with a snapshot, and never delays the others", () => {
    const { world, broadcaster, publish } = stage();
    const slow = reader();
    const quick = reader();
    broadcaster.attach(slow);
    broadcaster.attach(quick);
    slow.buffered = AUDIENCE_LIMITS.maxBufferedBytes + 1;
    for (let n = 0; n < 5; n++) publish();
    world.advance(COALESCE_MS);
    assert.deepEqual(seqs(quick), [1, 2, 3, 4, 5]);
    assert.deepEqual(seqs(slow), []);
    slow.buffered = 0;
    world.advance(1_000);
    const again = slow.frames.filter((frame) => frame.type === "initial_status").at(-1);
    assert.equal(again?.seq, 5);
    publish();
    world.advance(COALESCE_MS);
    assert.deepEqual(seqs(slow), [6]);
    assert.equal(slow.cutWith, undefined);
  });

  test("a client that falls behind twice within a minute is cut with 4008", () => {
    const { world, broadcaster, publish } = stage();
    const slow = reader();
    broadcaster.attach(slow);
    for (const relapse of [1, 2]) {
      assert.equal(slow.cutWith, undefined, `before relapse ${relapse}`);
      slow.buffered = AUDIENCE_LIMITS.maxBufferedBytes + 1;
      publish();
      world.advance(COALESCE_MS);
      slow.buffered = 0;
      world.advance(10_000);
    }
    assert.equal(slow.cutWith, CLOSE_TOO_SLOW);
    assert.equal(broadcaster.vitals().sockets, 0);
  });

  test("a client that has stopped reading is cut within two seconds", () => {
    const { world, broadcaster, publish } = stage();
    const stopped = reader();
    broadcaster.attach(stopped);
    stopped.buffered = AUDIENCE_LIMITS.maxBufferedBytes + 1;
    publish();
    world.advance(2_000);
    assert.equal(stopped.cutWith, CLOSE_TOO_SLOW);
  });

  test("after close nothing is sent and no timer is left", () => {
    const { world, broadcaster, publish } = stage();
    const client = reader();
    broadcaster.attach(client);
    broadcaster.close();
    const before = client.writes;
    publish();
    world.advance(5_000);
    assert.equal(client.writes, before);
  });
});
