import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { Fault } from "#contract/fault.ts";
import { Cancellation } from "#lib/cancel.ts";
import { handWorld } from "#lib/hand-world.ts";
import { EventStream } from "./event-stream.ts";
import { IDLE_LIMIT_MS, MAX_SESSIONS, type Session, Sessions } from "./sessions.ts";

const OVER = new Fault("CANCELLED", "over");
const FIELDS = { principal: "local", view: null, protocolVersion: "2025-11-25" };

function stage() {
  const world = handWorld();
  const sessions = new Sessions(world);
  const find = ({ id }: Session): Session | undefined => sessions.find(id, "local", null);
  return { world, sessions, find };
}

/** A stream of which only the end matters. */
function streamInto(session: Session, world: ReturnType<typeof handWorld>): { ended: boolean } {
  const seen = { ended: false };
  const res = {
    writeHead() {},
    flushHeaders() {},
    on() {},
    write() {},
    writableLength: 0,
    end: () => (seen.ended = true),
  };
  session.streams.add(new EventStream(res as unknown as ServerResponse, world, {}));
  return seen;
}

test("a session exists only for its principal and its endpoint", () => {
  const { sessions } = stage();
  const { id } = sessions.create({ ...FIELDS, view: "files" });
  assert.ok(sessions.find(id, "local", "files"));
  assert.equal(sessions.find(id, "other", "files"), undefined);
  assert.equal(sessions.find(id, "local", null), undefined);
  assert.equal(sessions.find(id, "local", "web"), undefined);
  assert.equal(sessions.find("nope", "local", "files"), undefined);
});

test("ids cannot be guessed and fit a header", () => {
  const { sessions } = stage();
  const ids = Array.from({ length: 100 }, () => sessions.create(FIELDS).id);
  assert.equal(new Set(ids).size, 100);
  for (const id of ids) assert.match(id, /^[\w-]{32}$/);
});

test("a session nobody uses ends after half an hour, one in use stays", () => {
  const { world, sessions, find } = stage();
  const idle = sessions.create(FIELDS);
  const calling = sessions.create(FIELDS);
  calling.calls.add(1, new Cancellation());
  const listening = sessions.create(FIELDS);
  streamInto(listening, world);
  const asking = sessions.create(FIELDS);
  for (let passed = 0; passed <= IDLE_LIMIT_MS + 60_000; passed += 60_000) {
    world.advance(60_000);
    find(asking);
  }
  assert.equal(find(idle), undefined);
  for (const session of [calling, listening, asking]) assert.equal(find(session), session);
});

test("ending a session cancels its calls with the reason and ends its streams", () => {
  const { world, sessions, find } = stage();
  const session = sessions.create(FIELDS);
  const call = new Cancellation();
  session.calls.add("a", call);
  const stream = streamInto(session, world);
  sessions.end(session, OVER);
  sessions.end(session, new Fault("CANCELLED", "twice"));
  assert.equal(call.reason, OVER);
  assert.equal(stream.ended, true);
  assert.equal(find(session), undefined);
  assert.equal(sessions.size, 0);
});

test("when there is no more room, the longest unused session makes place, one in use only when all are", () => {
  const { sessions, find, world } = stage();
  const calls: Cancellation[] = [];
  const all = Array.from({ length: MAX_SESSIONS }, () => sessions.create(FIELDS));
  const [oldest, second, third] = all as [Session, Session, Session];
  oldest.calls.add(1, new Cancellation());
  world.advance(1_001);
  find(second);
  sessions.create(FIELDS);
  assert.equal(sessions.size, MAX_SESSIONS);
  assert.equal(find(third), undefined);
  for (const session of sessions) {
    const call = new Cancellation();
    session.calls.add(1, call);
    calls.push(call);
  }
  sessions.create(FIELDS);
  assert.equal(sessions.size, MAX_SESSIONS);
  assert.equal(calls.filter(({ aborted }) => aborted).length, 1);
});

test("closing ends every session and the sweep", () => {
  const { world, sessions } = stage();
  for (let count = 0; count < 3; count++) sessions.create(FIELDS);
  sessions.close(OVER);
  assert.equal(sessions.size, 0);
  assert.equal(world.timers, 0);
});

test("sessions of who may ask no longer are gone with their streams; calls in flight may finish, and others stay", () => {
  const { world, sessions, find } = stage();
  const other = sessions.create(FIELDS);
  const mine = [1, 2].map(() => sessions.create({ ...FIELDS, principal: "key:ann" }));
  const call = new Cancellation();
  mine[0]?.calls.add(1, call);
  const [stream, others] = [streamInto(mine[1] as Session, world), streamInto(other, world)];
  sessions.retire("key:ann");
  for (const { id } of mine) assert.equal(sessions.find(id, "key:ann", null), undefined);
  assert.deepEqual([stream.ended, others.ended, call.aborted, sessions.size], [true, false, false, 1]);
  assert.equal(find(other), other);
});
