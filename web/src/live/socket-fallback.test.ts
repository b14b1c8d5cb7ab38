import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { bench, SNAPSHOT } from "./socket.fixture.ts";

test("two sockets that bring nothing lead to server-sent events, and the phase names them", async () => {
  const { opened, pass, phases } = bench();
  await turn();
  opened[0]?.events.onEnd();
  await turn();
  await pass(500);
  assert.equal(opened[1]?.by, "websocket");
  opened[1]?.events.onOpen();
  opened[1]?.events.onEnd();
  await turn();
  await pass(1000);
  assert.equal(opened[2]?.by, "events");
  opened[2]?.events.onText(SNAPSHOT);
  assert.deepEqual(phases.at(-1), { kind: "live", by: "events" });
});

test("a socket that opens and stays mute is given up after ten seconds", async () => {
  const { opened, pass } = bench();
  await turn();
  opened[0]?.events.onOpen();
  await pass(9_999);
  assert.equal(opened[0]?.closed, false);
  await pass(1);
  assert.equal(opened[0]?.closed, true);
});

test("a gateway that is not reached at all says nothing about sockets", async () => {
  let refused = 5;
  const { opened, pass } = bench({
    ticket: () => (refused-- > 0 ? Promise.reject(new Error("down")) : Promise.resolve("t")),
  });
  await turn();
  for (let tries = 0; tries < 6; tries++) await pass(10_000);
  assert.equal(opened[0]?.by, "websocket");
});

/** A page that has fallen back, live by server-sent events. */
async function fallenBack() {
  const all = bench();
  await turn();
  for (const wait of [500, 1000]) {
    all.opened.at(-1)?.events.onEnd();
    await turn();
    await all.pass(wait);
  }
  all.opened.at(-1)?.events.onText(SNAPSHOT);
  return all;
}

test("every five minutes a socket is tried beside the events, and taken once it speaks", async () => {
  const { opened, pass, phases } = await fallenBack();
  const speak = async (ms: number): Promise<void> => {
    for (let past = 0; past < ms; past += 10_000) {
      opened[2]?.events.onText('{"type":"system_metrics"}');
      await pass(10_000);
    }
  };
  await speak(290_000);
  assert.equal(opened.length, 3);
  await speak(10_000);
  assert.equal(opened[3]?.by, "websocket");
  opened[3]?.events.onEnd();
  await turn();
  assert.equal(opened[2]?.closed, false);
  opened[2]?.events.onEnd();
  await turn();
  await pass(500);
  opened[4]?.events.onText(SNAPSHOT);
  assert.equal(opened[4]?.by, "events");
  for (let past = 0; past < 300_000 && opened.length < 6; past += 10_000) {
    opened[4]?.events.onText('{"type":"system_metrics"}');
    await pass(10_000);
  }
  const before = phases.length;
  opened[5]?.events.onText(SNAPSHOT);
  await turn();
  await turn();
  assert.deepEqual([opened[4]?.closed, opened[5]?.closed, opened[6]?.by], [true, true, "websocket"]);
  opened[6]?.events.onText('{"type":"pong"}');
  assert.deepEqual(phases.slice(before), [{ kind: "live", by: "websocket" }]);
});

test("an open socket is asked for finished calls, and told when they are not wanted any more", async () => {
  const { opened, socket } = bench();
  await turn();
  socket.calls(true);
  assert.deepEqual(opened[0]?.sent, []);
  opened[0]?.events.onOpen();
  const [asked] = (opened[0]?.sent ?? []).map((text) => JSON.parse(text));
  assert.equal(asked.action, "subscribe");
  assert.ok(asked.event_types.includes("call_finished") && asked.event_types.includes("mcp_status_change"));
  opened[0]?.events.onText(SNAPSHOT);
  socket.calls(false);
  socket.calls(true);
  socket.calls(false);
  assert.equal(opened[0]?.sent.length, 1);
  opened[0]?.events.onText('{"type":"subscribed","data":{"subscription_id":"s1"}}');
  assert.deepEqual(JSON.parse(opened[0]?.sent[1] ?? ""), { action: "unsubscribe", subscription_id: "s1" });
  socket.calls(true);
  assert.equal(JSON.parse(opened[0]?.sent[2] ?? "").action, "subscribe");
});

test("server-sent events are opened anew at once when finished calls are wanted, and the page stays live", async () => {
  const { opened, socket, phases } = await fallenBack();
  const before = phases.length;
  assert.equal(opened[2]?.calls, false);
  socket.calls(true);
  await turn();
  await turn();
  assert.deepEqual([opened[2]?.closed, opened[3]?.by, opened[3]?.calls], [true, "events", true]);
  assert.notEqual(opened[3]?.cursor, null);
  opened[3]?.events.onText('{"type":"subscribed","data":{"subscription_id":"s1"}}');
  assert.deepEqual(phases.slice(before), [{ kind: "live", by: "events" }]);
});
