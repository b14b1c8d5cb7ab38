import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayEvent } from "#contract/event.ts";
import { Fault } from "#contract/fault.ts";
import type { CircuitState, ServerView } from "#contract/upstream.ts";
import { handWorld, settle } from "#lib/hand-world.fixture.ts";
import { type Log, silentLog } from "#lib/log.ts";
import { type Batch, FLUSH_MS, Journal } from "./journal.ts";
import { view } from "./stage.fixture.ts";

const AWAY = new Fault("STORE_UNAVAILABLE", "the database is away");

function stage() {
  const world = handWorld();
  const batches: Batch<number[]>[] = [];
  const said: string[] = [];
  const log: Log = {
    ...silentLog,
    warn: (_, message) => void said.push(`warn ${message}`),
    error: (_, message) => void said.push(`error ${message}`),
  };
  const state = { ready: true, calls: [] as number[], write: (): Promise<void> => Promise.resolve() };
  let tell: (event: GatewayEvent) => void = () => {};
  const journal = new Journal<number[]>({
    world,
    log,
    subscribe(listener) {
      tell = listener;
      return () => {
        tell = () => {};
      };
    },
    isReady: () => state.ready,
    drainCalls: () => (state.calls.length === 0 ? undefined : state.calls.splice(0)),
    write: async (batch) => {
      batches.push(batch);
      await state.write();
    },
  });
  const flush = async (): Promise<void> => {
    world.advance(FLUSH_MS);
    await settle();
  };
  return { world, batches, said, state, journal, flush, tell: (event: GatewayEvent) => tell(event) };
}

const named = (name: string): ServerView => ({ ...view, name });
const observed = (message: string, of = view): GatewayEvent => ({
  type: "health.observed",
  at: 1,
  name: of.name,
  eventType: "probe_failed",
  message,
  latencyMs: null,
  view: of,
});
const told = (batch: Batch<number[]> | undefined): string[] => (batch?.health ?? []).map(({ message }) => message);

test("what happened is written in one batch within a quarter of a second, with the newest view of each server", async () => {
  const { tell, flush, batches, state } = stage();
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
  const { tell, flush, batches } = stage();
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
  const { tell, world, batches } = stage();
  tell(circuit("open", "5 failures in a row"));
  world.advance(20);
  await settle();
  assert.deepEqual(batches.map(told), [["5 failures in a row"]]);
});

test("nothing is written when nothing happened", async () => {
  const { flush, batches } = stage();
  await flush();
  await flush();
  assert.deepEqual(batches, []);
});

test("while the database is away events wait, and calls stay with who counts them", async () => {
  const { tell, flush, batches, state } = stage();
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
  const { tell, flush, batches, state, said } = stage();
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
  assert.deepEqual(accepted?.calls, [1]);
  assert.deepEqual(
    accepted?.views.map(({ name }) => name),
    ["files", "old"],
  );
  await flush();
  assert.deepEqual(batches.at(-1)?.calls, [2]);
  assert.ok(said.length > 0, "the failed attempts are told");
});

test("a batch that the database refuses does not hold up the ones after it, and the loss is told", async () => {
  const { tell, flush, batches, state, said } = stage();
  state.write = () => Promise.reject(new Error("null value in column"));
  tell(observed("poison"));
  state.calls.push(1);
  await flush();
  state.write = () => Promise.resolve();
  tell(observed("next"));
  state.calls.push(2);
  await flush();
  await flush();
  assert.deepEqual([told(batches[1]), batches[1]?.calls], [["next"], [2]]);
  assert.equal(batches.length, 2);
  assert.match(said.join(), /^error The database refused a part of the journal; that part is lost/);
});

test("what is older than ten thousand events is dropped while the database is away, and the loss is told", async () => {
  const { tell, flush, batches, state, said } = stage();
  state.ready = false;
  for (let at = 0; at < 10_005; at++) tell(observed(String(at)));
  state.ready = true;
  await flush();
  assert.equal(told(batches[0]).length, 10_000);
  assert.equal(told(batches[0])[0], "5");
  assert.match(said.join(), /were dropped while the database was away/);
});

test("a server that was removed leaves no view behind", async () => {
  const { tell, flush, batches } = stage();
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
  const { journal, flush, batches } = stage();
  journal.touch([named("a"), named("b")]);
  await flush();
  assert.deepEqual(
    batches[0]?.views.map(({ name }) => name),
    ["a", "b"],
  );
});

test("closing writes what is left after what is being written, and ends", async () => {
  const { journal, tell, flush, batches, state, world } = stage();
  const slow = Promise.withResolvers<void>();
  state.write = () => slow.promise;
  tell(observed("one"));
  await flush();
  tell(observed("two"));
  const closed = journal.close();
  tell(observed("too late"));
  slow.resolve();
  await closed;
  assert.deepEqual(batches.map(told), [["one"], ["two"]]);
  state.calls.push(1);
  world.advance(10 * FLUSH_MS);
  await settle();
  assert.equal(batches.length, 2);
});
