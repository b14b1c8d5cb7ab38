import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frame } from "../../../src/contract/event.ts";
import { serverView, snapshotFrame, statusFrame } from "../fixtures.ts";
import { apply, INITIAL, type LiveState, MAX_EVENTS, resumed } from "./state.ts";

const NOW = 4000;
const all = (frames: readonly Frame[], from: LiveState = INITIAL): LiveState =>
  frames.reduce((state, frame) => apply(state, frame, NOW), from);
const down = serverView("github", { status: "down" });

test("a snapshot replaces every server and measures the gateway's clock", () => {
  const state = all([snapshotFrame([serverView("old")]), snapshotFrame([serverView("new")], 11)]);
  assert.deepEqual([...state.servers.keys()], ["new"]);
  assert.equal(state.clockOffsetMs, 1000);
  assert.equal(state.loaded, true);
});

test("a status change updates the server and is told as an event with the gateway's words", () => {
  const state = all([snapshotFrame([serverView("github")]), statusFrame(down, 11)]);
  assert.equal(state.servers.get("github")?.status, "down");
  assert.deepEqual(state.events, [
    {
      id: 1,
      seq: 11,
      at: 6000,
      server: "github",
      kind: "status",
      what: "down",
      severity: "warning",
      text: "why",
      news: true,
    },
  ]);
  assert.equal(state.seq, 11);
});

test("a frame that was already covered changes nothing", () => {
  const before = all([snapshotFrame([serverView("github")])]);
  assert.equal(apply(before, statusFrame(down, 10), NOW), before);
});

test("numbers left out but covered by prev are no gap", () => {
  const state = all([snapshotFrame([serverView("github")]), statusFrame(down, 15, 10)]);
  assert.equal(state.gap, false);
  assert.equal(state.seq, 15);
});

test("a missed number is a gap, and what follows it is not applied", () => {
  const state = all([snapshotFrame([serverView("github")]), statusFrame(down, 13), statusFrame(down, 14)]);
  assert.equal(state.gap, true);
  assert.equal(state.servers.get("github")?.status, "up");
  assert.equal(state.seq, 10);
});

test("a replay after a gap is applied from where the state stood", () => {
  const gap = all([snapshotFrame([serverView("github")]), statusFrame(down, 13)]);
  const state = all([statusFrame(down, 11), statusFrame(down, 12), statusFrame(down, 13)], resumed(gap));
  assert.equal(state.gap, false);
  assert.equal(state.seq, 13);
  assert.equal(state.events.length, 3);
});

test("another epoch is a gap, and its snapshot ends it", () => {
  const other = { ...statusFrame(down, 11), epoch: "e2" };
  const gap = all([snapshotFrame([serverView("github")]), other]);
  assert.equal(gap.gap, true);
  const state = all([snapshotFrame([down], 1, "e2")], gap);
  assert.deepEqual([state.gap, state.seq, state.epoch], [false, 1, "e2"]);
});

test("events before the first snapshot are left alone", () => {
  assert.equal(apply(INITIAL, statusFrame(down, 11), NOW), INITIAL);
});

test("a snapshot without the database says so and the next one takes it back", () => {
  const frame = snapshotFrame([]);
  assert.ok(frame.type === "initial_status");
  const starting = all([{ ...frame, data: { ...frame.data, ready: false } }]);
  assert.equal(starting.ready, false);
  assert.equal(all([frame], starting).ready, true);
});

test("servers come and go, and the tool list is known to have changed each time", () => {
  const added: Frame = { type: "server_added", ts: 1, seq: 11, prev: 10, data: { server: serverView("b") } };
  const removed: Frame = { type: "server_removed", ts: 2, seq: 12, prev: 11, data: { name: "a" } };
  const start = all([snapshotFrame([serverView("a")])]);
  const state = all([added, removed], start);
  assert.deepEqual([...state.servers.keys()], ["b"]);
  assert.equal(state.catalogRevision, start.catalogRevision + 2);
});

test("routine health events update the view and are not news; a lost process is", () => {
  const event = (event_type: "connected" | "process_exited", seq: number): Frame => ({
    type: "health_event",
    ts: 1,
    seq,
    prev: seq - 1,
    data: { name: "a", event_type, message: "exited", latency_ms: null, server: serverView("a", { pid: seq }) },
  });
  const state = all([snapshotFrame([serverView("a")]), event("connected", 11), event("process_exited", 12)]);
  assert.equal(state.servers.get("a")?.pid, 12);
  assert.deepEqual(
    state.events.map(({ what, news }) => [what, news]),
    [
      [{ word: "Exited" }, true],
      [{ word: "Connected" }, false],
    ],
  );
});

test("frames without a number, and of a kind not known here, move nothing but what they say", () => {
  const start = all([snapshotFrame([serverView("a")])]);
  const metrics = {
    calls: 9,
    faults: 1,
    sessions: 2,
    sockets: 1,
    uptimeMs: 1,
    rssBytes: 1,
    heapUsedBytes: 1,
    loopLagMs: 0,
    children: 1,
    latency: null,
  };
  const state = all([{ type: "system_metrics", ts: 1, data: metrics }], start);
  assert.equal(state.metrics?.calls, 9);
  assert.equal(state.seq, 10);
  const unknown = { type: "not_known_here", ts: 1, seq: 11, prev: 10, data: {} } as unknown as Frame;
  assert.equal(apply(state, unknown, NOW).seq, 11);
});

test("an emptied cache is told with its cause, and a snapshot may stand for one that was missed", () => {
  const start = all([snapshotFrame([serverView("a")])]);
  assert.equal(start.cacheRevision, 1);
  const data = { server: "a", tool: "read", reason: "write", removed: 2 } as const;
  const state = all([{ type: "cache_invalidated", ts: 1, seq: 11, prev: 10, data }], start);
  assert.equal(state.cacheRevision, 2);
  assert.equal(state.events[0]?.text, "2 kept answers of read dropped: a call that may write");
  assert.equal(all([snapshotFrame([])], state).cacheRevision, 3);
});

test("the list of events is bounded, newest first", () => {
  const frames = Array.from({ length: MAX_EVENTS + 5 }, (_, index) => statusFrame(down, 11 + index));
  const state = all([snapshotFrame([serverView("github")]), ...frames]);
  assert.equal(state.events.length, MAX_EVENTS);
  assert.equal(state.events[0]?.id, MAX_EVENTS + 5);
});

test("an applied configuration is known to have changed, and told with who, how and what", () => {
  const frame = (source: "rest" | "start" | "rollback", seq: number): Frame => ({
    type: "config_applied",
    ts: 7000,
    seq,
    prev: seq - 1,
    epoch: "e1",
    data: { revision: 3, by: "admin", source, paths: ["omni2.cache.ttlMs"] },
  });
  const before = apply(INITIAL, snapshotFrame([serverView("a")]), 0);
  const after = apply(apply(before, frame("rest", 11), 0), frame("start", 12), 0);
  assert.equal(after.configRevision, before.configRevision + 2);
  const [start, rest] = after.events;
  assert.deepEqual(
    [rest?.what, rest?.text, rest?.news],
    [{ word: "Configured" }, "revision 3 by admin: omni2.cache.ttlMs", true],
  );
  assert.equal(start?.news, false);
  assert.deepEqual(apply(after, frame("rollback", 13), 0).events[0]?.what, { word: "Rolled back" });
});
