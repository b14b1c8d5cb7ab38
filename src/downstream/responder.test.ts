import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, before, test } from "node:test";
import { type HandWorld, handWorld } from "#lib/hand-world.ts";
import { type Listening, listen, talkTo, until } from "./exchange.fixture.ts";
import { KEEP_ALIVE_MS, Responder } from "./responder.ts";

let on: Listening;
let world: HandWorld = handWorld();
let answer: (responder: Responder, res: ServerResponse) => void = () => {};
before(async () => {
  on = await listen((_, res) => answer(new Responder(res, world), res));
});
after(() => on.close());

const NOTE = { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } };
const notify = (responder: Responder): void => responder.notify(NOTE.method, NOTE.params);

test("an answer without notifications is JSON with its length and status", async () => {
  answer = (responder) => {
    responder.setHeader("mcp-session-id", "s");
    responder.finish('{"é":1}', 404);
  };
  const response = await fetch(on.url);
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("content-length"), "8");
  assert.equal(response.headers.get("mcp-session-id"), "s");
  assert.equal(await response.text(), '{"é":1}');
});

test("pieces are one answer, and their owner hears when they are no longer needed", async () => {
  const written = Promise.withResolvers<void>();
  answer = (responder) =>
    responder.finishPieces([Buffer.from("{"), Buffer.from('"a":1'), Buffer.from("}")], 200, written.resolve);
  const response = await fetch(on.url);
  assert.equal(response.headers.get("content-length"), "7");
  assert.equal(await response.text(), '{"a":1}');
  await written.promise;
});

test("from the first notification on the answer is an event stream, and the answer its last event", async () => {
  answer = (responder) => {
    notify(responder);
    notify(responder);
    responder.finish('{"a":1}', 404);
  };
  const response = await fetch(on.url);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const note = `data: ${JSON.stringify(NOTE)}\n\n`;
  assert.equal(await response.text(), `${note}${note}data: {"a":1}\n\n`);
});

test("an answer that was written over several lines is one line of a stream, every digit kept", async () => {
  answer = (responder) => {
    notify(responder);
    responder.finish('{\r\n  "big": 9007199254740993,\n  "exact": 1.0,\n  "text": "a\\nb"\n}\n');
  };
  const [, last = ""] = (await (await fetch(on.url)).text()).split("\n\n");
  assert.match(last, /^data: \{ {4}"big": 9007199254740993, {3}"exact": 1\.0, {3}"text": "a\\nb" } $/);
});

test("what comes after the answer is not sent", async () => {
  answer = (responder) => {
    responder.finish("{}");
    responder.finish('{"second":1}');
    notify(responder);
  };
  assert.equal(await (await fetch(on.url)).text(), "{}");
});

test("a stream that waits for its answer stays alive, and stops that with the answer", async () => {
  world = handWorld();
  let open: Responder | undefined;
  answer = (responder) => {
    open = responder;
    notify(responder);
  };
  const talk = talkTo(on.port);
  talk.socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await until(() => talk.heard.includes("notifications/progress"));
  world.advance(KEEP_ALIVE_MS);
  world.advance(KEEP_ALIVE_MS);
  await until(() => talk.heard.split(": keep-alive\n\n").length === 3);
  open?.finish("{}");
  assert.equal(world.timers, 0);
  talk.socket.destroy();
});

test("a client that goes away before its answer is noticed, one that got it is not", async () => {
  let gone = 0;
  answer = (responder) => {
    responder.onGone(() => gone++);
    responder.finish("{}");
  };
  await (await fetch(on.url)).text();
  answer = (responder) => responder.onGone(() => gone++);
  const { socket } = talkTo(on.port);
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n", () => setImmediate(() => socket.destroy()));
  await until(() => gone > 0);
  assert.equal(gone, 1);
});

test("a reader that takes nothing for long while a mebibyte waits is cut off", async () => {
  let cut = false;
  const piece = { data: "x".repeat(100_000) };
  answer = (responder, res) => {
    res.on("close", () => (cut = true));
    for (let said = 0; said < 500; said++) responder.notify("notifications/message", piece);
    assert.ok(res.writableLength < 2 * 1024 * 1024, "what piles up is bounded");
    assert.equal(res.destroyed, false, "a burst alone cuts nobody off");
    world.advance(10_000);
    responder.notify("notifications/message", piece);
  };
  const { socket } = talkTo(on.port);
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await until(() => cut);
  socket.destroy();
});

test("of a storm of progress a reader gets the first twenty, the newest in between, and the last", async () => {
  answer = (responder) => {
    const tell = (progress: number): void => responder.notify(NOTE.method, { progress });
    for (let progress = 1; progress <= 1_000; progress++) tell(progress);
    world.advance(50);
    tell(1_001);
    tell(1_002);
    responder.finish("{}");
  };
  const text = await (await fetch(on.url)).text();
  const told = [...text.matchAll(/"progress":(\d+)/g)].map(([, number]) => Number(number));
  const first = Array.from({ length: 20 }, (_, at) => at + 1);
  assert.deepEqual(told, [...first, 1_000, 1_002]);
});
