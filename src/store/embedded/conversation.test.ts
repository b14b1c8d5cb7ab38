import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation } from "./conversation.ts";
import { queryMessage } from "./frames.ts";

const STARTUP = Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0]);
const ENCRYPTION = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const readyForQuery = (state: string): Buffer => Buffer.from(`Z\0\0\0\x05${state}`);

/** A session that notes what it is given and answers with the transaction states in turn. */
function noted(states: string) {
  const given: string[] = [];
  const execute = async (bytes: Uint8Array): Promise<Uint8Array> => {
    given.push(Buffer.from(bytes).toString("latin1").slice(5));
    return readyForQuery(states[given.length - 1] ?? "I");
  };
  return { given, session: { execute, rest: async () => {} } };
}

test("bytes may arrive in any portions and are executed as whole batches", async () => {
  const { given, session } = noted("I");
  const conversation = createConversation(session);
  const bytes = Buffer.concat([ENCRYPTION, STARTUP, queryMessage("select 1"), queryMessage("select 2")]);
  const answers: string[] = [];
  for (const byte of bytes) {
    const step = await conversation.take(Buffer.from([byte]));
    answers.push(...step.answers.map((answer) => Buffer.from(answer).toString("latin1", 0, 1)));
  }
  assert.deepEqual(answers, ["N", "Z", "Z", "Z"]);
  assert.deepEqual(given.slice(1), ["select 1\0", "select 2\0"]);
});

test("a client that leaves with a transaction open leaves nothing behind", async () => {
  const { given, session } = noted("IT");
  const conversation = createConversation(session);
  await conversation.take(STARTUP);
  await conversation.take(queryMessage("begin"));
  assert.equal(conversation.idle, false);
  await conversation.finish();
  assert.deepEqual(given.slice(2), ["rollback\0", "discard all\0"]);
});

test("a client that never began has nothing to clean up", async () => {
  const { given, session } = noted("");
  const conversation = createConversation(session);
  assert.equal((await conversation.take(Buffer.from("GET / HTTP/1.1\r\n"))).ends, true);
  await conversation.finish();
  assert.deepEqual(given, []);
});

test("a message too large to hold ends the conversation, not the session", async () => {
  const { given, session } = noted("I");
  const conversation = createConversation(session);
  await conversation.take(STARTUP);
  const step = await conversation.take(Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]));
  assert.equal(step.ends, true);
  assert.match(Buffer.from(step.answers[0] ?? []).toString("latin1"), /too large/);
  await conversation.finish();
  assert.deepEqual(given.slice(1), ["discard all\0"]);
});
