import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type HandWorld, handWorld } from "#lib/hand-world.ts";
import { EventStream } from "./event-stream.ts";
import { type Listening, listen, talkTo, until } from "./exchange.fixture.ts";

let on: Listening;
let world: HandWorld = handWorld();
let stream: EventStream | undefined;
before(async () => {
  on = await listen((_, res) => {
    stream = new EventStream(res, world, { "mcp-session-id": "s" });
  });
});
after(() => on.close());

async function open() {
  world = handWorld();
  stream = undefined;
  const talk = talkTo(on.port);
  talk.socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await until(() => talk.heard.includes("\r\n\r\n"));
  return talk;
}

test("a stream says its headers at once and then one event per notification", async () => {
  const talk = await open();
  assert.match(talk.heard, /^HTTP\/1\.1 200 [\s\S]*content-type: text\/event-stream[\s\S]*mcp-session-id: s/i);
  stream?.notify("notifications/tools/list_changed");
  stream?.notify("notifications/message", { level: "info" });
  await until(() => talk.heard.includes("level"));
  assert.ok(talk.heard.includes('data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n'));
  assert.ok(talk.heard.includes('"params":{"level":"info"}}\n\n'));
  talk.socket.destroy();
});

test("a silent stream stays alive until either side ends it", async () => {
  const talk = await open();
  world.advance(15_000);
  await until(() => talk.heard.includes(": keep-alive\n\n"));
  talk.socket.destroy();
  await until(() => world.timers === 0);
  stream?.notify("notifications/message", {});
});

test("ending it ends it for the client", async () => {
  const talk = await open();
  let ended = false;
  talk.socket.on("data", (chunk) => (ended ||= String(chunk).includes("0\r\n\r\n")));
  stream?.end();
  await until(() => ended);
  assert.equal(world.timers, 0);
  talk.socket.destroy();
});
