import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Fault } from "#contract/fault.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { newCall, OK, replyOf, targetOf } from "./call.fixture.ts";
import type { Call, Handler } from "./call.ts";
import { Retries } from "./retry.ts";

const unreachable = (): Fault => new Fault("UPSTREAM_UNAVAILABLE", "files could not be reached.", { server: "files" });
const lost = (): Fault => new Fault("OUTCOME_UNKNOWN", "the answer was lost.", { server: "files" });
const openBreaker = (): Fault => new Fault("BREAKER_OPEN", "files is not asked now.", { server: "files" });

interface Options {
  readonly repeatable?: boolean;
  readonly timeoutMs?: number;
}

function stage(dice?: number) {
  const world = handWorld(dice);
  const retries = new Retries({ world });
  const target = ({ repeatable = false, timeoutMs = 5_000 }: Options, server = "files") =>
    targetOf(server, { timeoutMs, repeatable });
  return {
    world,
    retries,
    /** Runs one call whose attempts end as told, one after the other; what is not told succeeds. */
    run(ends: readonly (() => Fault)[], options: Options = {}) {
      const call = newCall(world);
      call.target = target(options);
      const sentAt: number[] = [];
      const next: Handler = async () => {
        const end = ends[sentAt.length];
        sentAt.push(world.now());
        call.attempts++;
        if (end !== undefined) throw end();
        return OK;
      };
      return { call, sentAt, outcome: retries.layer(next)(call) };
    },
  };
}

/** Lets the call go on until it ends, moving time as far as it waits. */
async function finish(world: { advance(ms: number): void; readonly timers: number }): Promise<void> {
  await settle();
  while (world.timers > 0) {
    world.advance(1);
    await settle();
  }
}

test("a call that never left is sent again after a wait, whatever it does", async () => {
  const { world, retries, run } = stage();
  const { outcome, sentAt } = run([unreachable, unreachable]);
  await finish(world);
  assert.equal(await outcome, OK);
  assert.deepEqual(sentAt, [0, 25, 75]);
  assert.deepEqual(retries.counts("files"), { retries: 2, budgetRefusals: 0 });
});

test("a call is tried three times, and its last fault is told", async () => {
  const { world, run } = stage();
  const { outcome, sentAt } = run([unreachable, unreachable, lost, unreachable], { repeatable: true });
  const told = assert.rejects(outcome, { code: "OUTCOME_UNKNOWN" });
  await finish(world);
  await told;
  assert.equal(sentAt.length, 3);
});

test("when an earlier attempt was sent, nobody is told that nothing was", async () => {
  const { world, run } = stage();
  const { outcome } = run([lost, unreachable, unreachable], { repeatable: true });
  const told = assert.rejects(outcome, { code: "OUTCOME_UNKNOWN" });
  await finish(world);
  await told;
});

test("a bug in a later attempt is told as it is", async () => {
  const { world, run } = stage();
  const bug = new TypeError("a bug");
  const { outcome } = run([lost, () => bug as unknown as Fault], { repeatable: true });
  const told = assert.rejects(outcome, bug);
  await finish(world);
  await told;
});

test("a write whose answer was lost is not sent again, and its outcome stays unknown", async () => {
  const { world, retries, run } = stage();
  const { outcome, sentAt } = run([lost]);
  await assert.rejects(outcome, { code: "OUTCOME_UNKNOWN" });
  assert.deepEqual([sentAt.length, world.timers, retries.counts("files").retries], [1, 0, 0]);
});

test("a read whose answer was lost is sent again", async () => {
  const { world, run } = stage();
  const { outcome, sentAt } = run([lost], { repeatable: true });
  await finish(world);
  assert.equal(await outcome, OK);
  assert.equal(sentAt.length, 2);
});

test("a breaker that opens between two attempts ends the call", async () => {
  const { world, run } = stage();
  const { outcome, sentAt } = run([unreachable, openBreaker]);
  const told = assert.rejects(outcome, { code: "BREAKER_OPEN" });
  await finish(world);
  await told;
  assert.equal(sentAt.length, 2);
});

test("an error that the server answered is its answer", async () => {
  const { world, retries } = stage();
  const call = newCall(world);
  call.target = targetOf("files", { repeatable: true });
  const refusal = replyOf({ error: { code: -32_603, message: "internal error" } });
  let attempts = 0;
  const next: Handler = async () => {
    attempts++;
    return refusal;
  };
  assert.equal(await retries.layer(next)(call), refusal);
  assert.equal(attempts, 1);
});

test("a bug is not repeated", async () => {
  const { world, retries } = stage();
  const call = newCall(world);
  call.target = targetOf("files", { repeatable: true });
  const bug = new TypeError("undefined is not a function");
  await assert.rejects(retries.layer(() => Promise.reject(bug))(call), bug);
});

test("a call that is cancelled while it waits ends at once, with the reason", async () => {
  const { world, retries, run } = stage();
  const { call, outcome, sentAt } = run([unreachable]);
  await settle();
  assert.equal(world.timers, 1);
  call.control.abort(new Fault("CANCELLED", "The caller went away."));
  await assert.rejects(outcome, { code: "CANCELLED" });
  assert.deepEqual([sentAt.length, world.timers, retries.counts("files").retries], [1, 0, 0]);
});

test("no wait begins that would outlast the call", async () => {
  const { world, run } = stage();
  world.advance(100);
  const { call, outcome } = run([unreachable], { timeoutMs: 25 });
  await assert.rejects(outcome, { code: "UPSTREAM_UNAVAILABLE" });
  assert.deepEqual([call.attempts, world.timers], [1, 0]);
});

test("an attempt that met a forgotten session counts as the two that it was", async () => {
  const { world, retries } = stage();
  const call = newCall(world);
  call.target = targetOf("files", { repeatable: true });
  let passes = 0;
  const next: Handler = async () => {
    passes++;
    call.attempts += 2;
    throw lost();
  };
  const told = assert.rejects(retries.layer(next)(call), { code: "OUTCOME_UNKNOWN" });
  await finish(world);
  await told;
  assert.equal(passes, 2);
});

test("in an outage the retries end with the budget, are counted, and a server that was removed is forgotten", async () => {
  const { world, retries, run } = stage();
  const calls = Array.from({ length: 100 }, () => run([unreachable, unreachable, unreachable]));
  const told = Promise.all(calls.map(({ outcome }) => assert.rejects(outcome, { code: "UPSTREAM_UNAVAILABLE" })));
  await finish(world);
  await told;
  const sent = calls.reduce((sum, { sentAt }) => sum + sentAt.length, 0);
  const { retries: made, budgetRefusals } = retries.counts("files");
  // All 100 calls begin before the first retry: the budget is at its most. 90 never get a retry, 10 no second one.
  assert.deepEqual([sent, made, budgetRefusals], [110, 10, 100]);
  retries.forget("files");
  assert.deepEqual(retries.counts("files"), { retries: 0, budgetRefusals: 0 });
});

test("one server's outage leaves the budget of another alone", async () => {
  const { world, retries } = stage();
  const callTo = (server: string): Call => {
    const call = newCall(world);
    call.target = targetOf(server);
    return call;
  };
  const fail: Handler = () => Promise.reject(unreachable());
  for (let i = 0; i < 20; i++) {
    const told = assert.rejects(retries.layer(fail)(callTo("files")));
    await finish(world);
    await told;
  }
  assert.ok(retries.counts("files").budgetRefusals > 0);
  const told = assert.rejects(retries.layer(fail)(callTo("mail")));
  await finish(world);
  await told;
  assert.deepEqual(retries.counts("mail"), { retries: 2, budgetRefusals: 0 });
});

test("whatever a server does, a write is never sent after it may have been carried out, nor a call more than three times", async () => {
  const ends = [unreachable, lost, openBreaker];
  const property = fc.asyncProperty(
    fc.array(fc.constantFrom(...ends), { maxLength: 5 }),
    fc.boolean(),
    async (sequence, repeatable) => {
      const { world, run } = stage(0);
      const { outcome, sentAt } = run(sequence, { repeatable });
      void outcome.catch(() => {});
      await finish(world);
      const sent = sequence.slice(0, sentAt.length - 1);
      assert.ok(sentAt.length <= 3);
      assert.ok(!sent.includes(openBreaker));
      if (!repeatable) assert.ok(!sent.includes(lost));
    },
  );
  await fc.assert(property, { numRuns: 300 });
});
