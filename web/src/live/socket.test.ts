import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { bench, SNAPSHOT } from "./socket.fixture.ts";
import { waitMs } from "./socket.ts";

test("waits double from half a second to ten, give or take a fifth", () => {
  assert.deepEqual(
    [0, 1, 2, 5, 50].map((attempt) => waitMs(attempt, 0.5)),
    [500, 1000, 2000, 10_000, 10_000],
  );
  assert.deepEqual([waitMs(0, 0), Math.round(waitMs(0, 1))], [400, 600]);
});

test("the first frames make it live", async () => {
  const { opened, kinds } = bench();
  await turn();
  assert.deepEqual(kinds(), ["connecting"]);
  opened[0]?.events.onText(SNAPSHOT);
  assert.deepEqual(kinds(), ["connecting", "live"]);
});

test("a lost socket is replaced with a new ticket, from where the stream stood", async () => {
  const { opened, pass, phases } = bench();
  await turn();
  opened[0]?.events.onText(SNAPSHOT);
  opened[0]?.events.onEnd();
  await turn();
  assert.deepEqual(phases.at(-1), { kind: "lost", since: 1000, nextTryAt: 1500 });
  await pass(499);
  assert.equal(opened.length, 1);
  await pass(1);
  assert.equal(opened[1]?.ticket, "t2");
  assert.deepEqual(opened[1]?.cursor, { epoch: "e", after: 7 });
  opened[1]?.events.onOpen();
  assert.deepEqual(opened[1]?.sent, ['{"action":"ping"}']);
  opened[1]?.events.onText('{"type":"pong"}');
  assert.equal(phases.at(-1)?.kind, "live");
});

test("being lost counts from the first loss, however many tries fail", async () => {
  const { pass, phases } = bench({ ticket: () => Promise.reject(new Error("no answer")) });
  await turn();
  await pass(500);
  await pass(1000);
  const last = phases.at(-1);
  assert.ok(last?.kind === "lost");
  assert.equal(last.since, 1000);
  assert.equal(last.nextTryAt, 2500 + 2000);
});

test("a gap reopens at once from the cursor, and a second one asks for a snapshot", async () => {
  const { opened, pass } = bench({ frames: () => "gap" });
  await turn();
  opened[0]?.events.onText(SNAPSHOT);
  await turn();
  assert.equal(opened[0]?.closed, true);
  await pass(600);
  assert.notEqual(opened[1]?.cursor, null);
  opened[1]?.events.onText(SNAPSHOT);
  await turn();
  await pass(1200);
  assert.equal(opened[2]?.cursor, null);
});

test("silence is asked about, and without an answer the socket is given up", async () => {
  const { opened, pass, kinds } = bench();
  await turn();
  opened[0]?.events.onText(SNAPSHOT);
  await pass(15_000);
  assert.deepEqual(opened[0]?.sent, ['{"action":"ping"}']);
  await pass(10_000);
  assert.equal(opened[0]?.closed, true);
  assert.equal(kinds().at(-1), "lost");
});

test("coming back into view ends the wait", async () => {
  const { opened, socket } = bench();
  await turn();
  opened[0]?.events.onEnd();
  await turn();
  socket.wake();
  await turn();
  assert.equal(opened.length, 2);
});

test("a refused credential ends the tries", async () => {
  const { pass, kinds } = bench({ ticket: () => Promise.reject(401) });
  await turn();
  await pass(60_000);
  assert.deepEqual(kinds(), ["connecting", "signed_out"]);
});

test("after close nothing is opened, applied or said", async () => {
  const { opened, socket, pass, kinds } = bench();
  await turn();
  socket.close();
  opened[0]?.events.onText(SNAPSHOT);
  await pass(60_000);
  assert.equal(opened[0]?.closed, true);
  assert.equal(opened.length, 1);
  assert.deepEqual(kinds(), ["connecting"]);
});
