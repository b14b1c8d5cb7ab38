import assert from "node:assert/strict";
import { test } from "node:test";
import { isIdleAnswer, MAX_MESSAGE_BYTES, queryMessage, readBatch, readStartup } from "./frames.ts";

const message = (type: string, body = ""): Buffer => {
  const bytes = Buffer.from(`${type}....${body}`);
  bytes.writeInt32BE(bytes.length - 1, 1);
  return bytes;
};

const startup = (code: number, body = ""): Buffer => {
  const bytes = Buffer.from(`........${body}`);
  bytes.writeInt32BE(bytes.length, 0);
  bytes.writeInt32BE(code, 4);
  return bytes;
};

test("a connection begins with a startup message, after a refused offer of encryption", () => {
  assert.deepEqual(readStartup(startup(80877103)), { type: "encryption", bytes: 8 });
  assert.deepEqual(readStartup(startup(196608, "user\0omni\0\0")), { type: "startup", bytes: 19 });
  assert.deepEqual(readStartup(startup(196608, "user\0omni\0\0").subarray(0, 12)), { type: "more" });
  assert.deepEqual(readStartup(Buffer.alloc(3)), { type: "more" });
});

test("a cancel request, an old protocol and a giant startup message are refused", () => {
  for (const bytes of [startup(80877102, "........"), startup(131072), startup(196608, "x".repeat(20_000))]) {
    assert.deepEqual(readStartup(bytes), { type: "refused" });
  }
});

test("messages wait until one of them asks for an answer", () => {
  const [parse, bind, sync] = [message("P", "select 1"), message("B"), message("S")];
  assert.deepEqual(readBatch(Buffer.concat([parse, bind])), { bytes: 0, wants: 13 + 5 + 5, ends: false });
  assert.deepEqual(readBatch(Buffer.concat([parse, bind, sync])), { bytes: 23, wants: 5, ends: false });
  assert.deepEqual(readBatch(Buffer.concat([sync, parse.subarray(0, 7)])), { bytes: 5, wants: 13, ends: false });
  assert.deepEqual(readBatch(Buffer.concat([sync, message("X")])), { bytes: 5, wants: 0, ends: true });
});

test("a message that claims to be larger than allowed is refused before it is collected", () => {
  const bytes = message("Q");
  bytes.writeInt32BE(MAX_MESSAGE_BYTES, 1);
  assert.equal(readBatch(bytes), null);
  bytes.writeInt32BE(-1, 1);
  assert.equal(readBatch(bytes), null);
});

test("an answer tells whether a transaction is open", () => {
  assert.equal(isIdleAnswer(Buffer.concat([message("C", "BEGIN\0"), message("Z", "I")])), true);
  assert.equal(isIdleAnswer(message("Z", "T")), false);
  assert.equal(isIdleAnswer(Buffer.alloc(0)), false);
});

test("a query message carries its length in bytes", () => {
  const bytes = queryMessage("select 'ü'");
  assert.equal(bytes.readInt32BE(1), bytes.length - 1);
  assert.equal(bytes.at(-1), 0);
});
