import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST_WAY, type Way, wayAfter } from "./way.ts";

const after = (...spoke: readonly boolean[]): Way => spoke.reduce(wayAfter, FIRST_WAY);

test("a socket that never speaks gives way to server-sent events at the second try", () => {
  assert.equal(after(false).by, "websocket");
  assert.equal(after(false, false).by, "events");
});

test("a socket that has spoken is tried twice again, however often it was lost", () => {
  assert.equal(after(false, true, false).by, "websocket");
  assert.equal(after(true, true, true).by, "websocket");
  assert.equal(after(false, true, false, false).by, "events");
});

test("server-sent events that bring nothing lead back to the socket", () => {
  assert.equal(after(false, false, false).by, "events");
  assert.equal(after(false, false, false, false).by, "websocket");
  assert.equal(after(false, false, false, true, false).by, "events");
});
