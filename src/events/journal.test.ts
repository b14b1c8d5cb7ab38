import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayEvent } from "#contract/event.ts";
import type { CircuitState } from "#contract/upstream.ts";
import { settle } from "#lib/hand-world.ts";
import { journalStage, named, observed, told } from "./journal.fixture.ts";
import { FLUSH_MS } from "./journal.ts";
import { view } from "./stage.fixture.ts";

test("what happened is written in one batch within a quarter of a second, with the newest view of each server", async () => {
  const { tell, flush, batches, state } = journalStage();
  tell(observed("one"));
  tell(observed("two", { ...view, status: "down" }));
  state.calls.push(1, 2);
  await flush();
  assert.equal(batches.length, 1);
  assert.deepEqual(told(batches[0]), ["one", "two"]);
  assert.deepEqual(
    batches[0]?.views.map(({ status }) => status),
    ["down"],
  );
  assert.deepEqual(batches[0]?.calls, [1, 2]);
});

const circuit = (newState: CircuitState, reason: string): GatewayEvent => ({
  type: "circuit.changed",
  at: 2,
  name: view.name,
  oldState: "closed",
  newState,
  reason,
  retryAfterMs: null,
  failures: 5,
  severity: "warning",
  view: { ...view, circuitState: newState },
});

test("each change of a breaker and each server given up is one entry, in the order in which they happened", async () => {
  const { tell, flush, batches } = journalStage();
  tell(observed("no answer"));
  tell(circuit("open", "5 failures in a row"));
  tell(circuit("half_open", "time for a trial"));
  tell(circuit("isolated", "by admin"));
  tell(circuit("closed", "released"));
  tell({ type: "server.auto_disabled", at: 3, name: "files", reason: "3 failed cycles", cycles: 3, view });
  tell({ type: "catalog.changed", at: 4, name: "files", kinds: ["tools"], view });
  await flush();
  const entries = batches.flatMap(({ health }) => health.map(({ eventType, message }) => `${eventType}: ${message}`));
  assert.deepEqual(entries, [
    "probe_failed: no answer",
    "circuit_open: 5 failures in a row",
    "circuit_half_open: time for a trial",
    "circuit_isolated: by admin",
    "circuit_closed: released",
    "auto_disabled: 3 failed cycles",
  ]);
  assert.deepEqual(
    batches[0]?.health.map((entry) => [entry.at, entry.latencyMs, entry.view.circuitState]),
    [
      [1, null, "closed"],
      [2, null, "open"],
      [2, null, "half_open"],
      [2, null, "isolated"],
      [2, null, "closed"],
      [3, null, "closed"],
    ],
  );
});

test("a change of a breaker is written within moments", async () => {
  const { tell, world, batches } = journalStage();
  tell(circuit("open", "5 failures in a row"));
  world.advance(20);
  await settle();
  assert.deepEqual(batches.map(told), [["5 failures in a row"]]);
});

test("what comes while a batch is written waits for its own time", async () => {
  const { world, tell, flush, batches, state } = journalStage();
  const catalogChanged = (): GatewayEvent => ({
    type: "catalog.changed",
    at: 4,
    name: "files",
    kinds: ["tools"],
    view,
  });
  state.write = async () => tell(catalogChanged());
  tell(catalogChanged());
  for (let time = 1; time <= 3; time++) {
    await flush();
    assert.equal(batches.length, time);
  }
  state.write = async () => tell(observed("meanwhile"));
  tell(observed("first"));
  world.advance(20);
  await settle();
  assert.deepEqual(told(batches[3]), ["first"]);
  assert.equal(batches.length, 4);
});

test("nothing is written when nothing happened", async () => {
  const { flush, batches } = journalStage();
  await flush();
  await flush();
  assert.deepEqual(batches, []);
});

test("a server that was removed leaves no view behind", async () => {
  const { tell, flush, batches } = journalStage();
  tell({ type: "server.added", at: 1, view: named("gone") });
  tell({ type: "server.removed", at: 2, name: "gone" });
  tell(observed("one"));
  await flush();
  assert.deepEqual(
    batches[0]?.views.map(({ name }) => name),
    ["files"],
  );
});

test("views that are touched are written", async () => {
  const { journal, flush, batches } = journalStage();
  journal.touch([named("a"), named("b")]);
  await flush();
  assert.deepEqual(
    batches[0]?.views.map(({ name }) => name),
    ["a", "b"],
  );
});

test("closing writes what is left after what is being written, and ends", async () => {
  const { journal, tell, flush, batches, state, world } = journalStage();
  const slow = Promise.withResolvers<void>();
  state.write = () => slow.promise;
  tell(observed("one"));
  await flush();
  tell(observed("two"));
  const closed = journal.close();
  tell(observed("too late"));
  slow.resolve();
  assert.equal(await closed, true);
  assert.deepEqual(batches.map(told), [["one"], ["two"]]);
  state.calls.push(1);
  world.advance(10 * FLUSH_MS);
  await settle();
  assert.equal(batches.length, 2);
});
