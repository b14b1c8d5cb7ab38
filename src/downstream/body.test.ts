import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Fault } from "#contract/fault.ts";
import { MAX_BODY_BYTES, readBody } from "./body.ts";
import { type Listening, listen, talkTo, until } from "./exchange.fixture.ts";

let on: Listening;
const outcomes: (Buffer | Fault)[] = [];
before(async () => {
  on = await listen((req, res) => {
    readBody(req, (outcome) => {
      outcomes.push(outcome);
      res.end(outcome instanceof Fault ? outcome.code : String(outcome.length));
      req.resume();
    });
  });
});
after(() => on.close());

/** A body without a stated length. */
const chunked = (size: number, pieces: number): ReadableStream =>
  new ReadableStream({
    start(stream) {
      for (let piece = 0; piece < pieces; piece++) stream.enqueue(new Uint8Array(size / pieces));
      stream.close();
    },
  });

const post = async (body: Uint8Array | ReadableStream): Promise<string> =>
  (await fetch(on.url, { method: "POST", body, duplex: "half" } as RequestInit)).text();

for (const size of [0, 4, 100_000, MAX_BODY_BYTES]) {
  test(`a body of ${size} bytes is read whole, with and without a stated length`, async () => {
    assert.equal(await post(new Uint8Array(size)), String(size));
    assert.equal(await post(chunked(size, 4)), String(size));
  });
}

test("one byte too many is told, with and without a stated length, and only once", async () => {
  outcomes.length = 0;
  assert.equal(await post(new Uint8Array(MAX_BODY_BYTES + 1)), "BODY_TOO_LARGE");
  assert.equal(await post(chunked(MAX_BODY_BYTES + 64, 64)), "BODY_TOO_LARGE");
  assert.equal(outcomes.length, 2);
  for (const outcome of outcomes) assert.match(String(outcome), /larger than 4 MiB; send less/);
});

test("a client that leaves in the middle is told as that", async () => {
  outcomes.length = 0;
  const { socket } = talkTo(on.port);
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc", () => socket.destroy());
  await until(() => outcomes.length === 1);
  assert.equal((outcomes[0] as Fault).code, "CANCELLED");
});
