import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "#lib/hand-world.ts";
import { AWAY, journalStage, named, numbered, observed, seqs, told } from "./journal.fixture.ts";
import { FLUSH_MS } from "./journal.ts";

test("while the database is away events wait, and calls stay with who counts them", async () => {
  const { tell, flush, batches, state } = journalStage();
  state.ready = false;
  tell(observed("one"));
  state.calls.push(1);
  await flush();
  assert.deepEqual([batches.length, state.calls], [0, [1]]);
  state.ready = true;
  tell(observed("two"));
  await flush();
  assert.deepEqual([told(batches[0]), batches[0]?.calls], [["one", "two"], [1]]);
});

test("a batch that the database could not take is written again, in order, its calls as they were", async () => {
  const { tell, flush, batches, state, said } = journalStage();
  state.write = () => Promise.reject(AWAY);
  tell(observed("one"));
  tell({ type: "server.added", at: 1, view: named("old") });
  state.calls.push(1);
  await flush();
  state.write = () => Promise.resolve();
  tell(observed("two"));
  state.calls.push(2);
  await flush();
  const accepted = batches.find((batch) => told(batch).length === 2);
  assert.deepEqual(told(accepted), ["one", "two"]);
  assert.deepEqual(accepted?.calls, [1, 2]);
  assert.deepEqual(
    accepted?.views.map(({ name }) => name),
    ["files", "old"],
  );
  assert.deepEqual(state.calls, []);
  assert.ok(said.length > 0, "the failed attempts are told");
});

test("a batch that the database refuses does not hold up the ones after it, and the loss is told", async () => {
  const { tell, flush, batches, state, said } = journalStage();
  state.write = () => Promise.reject(new Error("null value in column"));
  tell(observed("poison"));
  state.calls.push(1);
  await flush();
  state.write = () => Promise.resolve();
  tell(observed("next"));
  state.calls.push(2);
  await flush();
  assert.deepEqual([told(batches[1]), batches[1]?.calls], [["next"], [2]]);
  assert.equal(batches.length, 2);
  assert.match(said.join(), /^error The database refused a part of the journal; that part is lost/);
});

test("what is older than ten thousand events is dropped while the database is away, and the loss is told", async () => {
  const { tell, flush, batches, state, said } = journalStage();
  state.ready = false;
  for (let at = 0; at < 10_005; at++) tell(observed(String(at)));
  state.ready = true;
  await flush();
  const all = batches.flatMap(told);
  assert.deepEqual([all.length, all[0], all.at(-1)], [10_000, "5", "10004"]);
  assert.ok(batches.every((batch) => told(batch).length <= 2_000));
  assert.match(said.join(), /were dropped while the database was away/);
  await flush();
  assert.equal(said.length, 1);
});

test("a numbered event is written within moments, in order, once", async () => {
  const { journal, world, batches } = journalStage();
  journal.append(numbered(1));
  journal.append(numbered(2));
  world.advance(20);
  await settle();
  assert.deepEqual(batches.map(seqs), [[1, 2]]);
  assert.deepEqual(batches[0]?.events[0], numbered(1));
  world.advance(FLUSH_MS);
  await settle();
  assert.equal(batches.length, 1);
});

test("numbered events wait in bounded bytes while the database is away; the newest stay, and go in small portions", async () => {
  const { journal, flush, batches, state, said } = journalStage();
  state.ready = false;
  const large = "x".repeat(1024 * 1024);
  for (let seq = 1; seq <= 40; seq++) journal.append(numbered(seq, { large }));
  state.ready = true;
  await flush();
  const all = batches.flatMap(seqs);
  assert.deepEqual([all[0], all.at(-1), all.length], [26, 40, 15]);
  assert.ok(batches.every((batch) => batch.events.length <= 2));
  assert.match(said.join(), /were dropped/);
});

test("numbered events that could not be written are written again, before later ones", async () => {
  const { journal, flush, batches, state } = journalStage();
  state.write = () => Promise.reject(AWAY);
  journal.append(numbered(1));
  await flush();
  state.write = () => Promise.resolve();
  journal.append(numbered(2));
  await flush();
  assert.deepEqual(seqs(batches.at(-1) ?? assert.fail()), [1, 2]);
});

test("what waits of the calls goes in portions, and calls are chosen once per quarter of a second only", async () => {
  const { journal, flush, batches, state, tell, world } = journalStage();
  state.calls.push(1, 2, 3, 4, 5);
  await flush();
  assert.deepEqual(
    batches.map(({ calls }) => calls),
    [
      [1, 2, 3],
      [4, 5],
    ],
  );
  tell(observed("one"));
  world.advance(20);
  await settle();
  await journal.flush();
  assert.deepEqual([batches.length, state.settled], [3, 1]);
});

test("closing tells when something is left: without a database, and with one that does not answer", async () => {
  const away = journalStage();
  away.state.ready = false;
  assert.equal(await away.journal.close(), false);
  const { journal, tell, state, world } = journalStage();
  state.write = () => new Promise(() => {});
  tell(observed("one"));
  const closed = journal.close();
  await settle();
  world.advance(2_000);
  assert.equal(await closed, false);
});
