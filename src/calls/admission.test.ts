// Does the door refuse the right work, count it, tell of it once, and wait for the calls that run?
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "#contract/fault.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { type Log, silentLog } from "#lib/log.ts";
import type { PressureReading } from "#lib/pressure.ts";
import type { Reply } from "#upstream/transport.ts";
import { Admission } from "./admission.ts";
import { later } from "./call.fixture.ts";
import type { Call, Handler } from "./call.ts";

const EASY: PressureReading = { lagMs: 3, heapRatio: 0.3, files: { open: 40, limit: 1_024 } };
const CALL = {} as Call;
const REPLY = {} as Reply;

function stage() {
  const world = handWorld();
  const lines: { level: string; message: string }[] = [];
  const say = (level: string) => (_: object, message: string) => void lines.push({ level, message });
  const log: Log = { ...silentLog, info: say("info"), warn: say("warn") };
  let reading = EASY;
  const admission = new Admission({ world, log, measure: () => reading });
  const measure = (next: Partial<PressureReading>, forMs = 250): void => {
    reading = { ...EASY, ...next };
    world.advance(forMs);
  };
  return { world, lines, admission, measure };
}

const code = (fault: Fault | undefined): string | undefined => fault?.code;
const answers: Handler = async () => REPLY;

test("while nothing is short everything is let in", async () => {
  const { admission, measure } = stage();
  measure({}, 5_000);
  assert.equal(admission.shedding, false);
  assert.equal(admission.refusal("list"), undefined);
  assert.equal(admission.keepsAlive(), true);
  assert.equal(await later(admission.layer(answers))(CALL), REPLY);
  assert.equal(admission.work, 20);
});

test("a full heap sheds lists and dashboards first, calls at last, and says when they are welcome again", async () => {
  const { admission, measure } = stage();
  measure({ heapRatio: 0.9 });
  assert.equal(code(admission.refusal("list")), "OVERLOADED");
  assert.equal(code(admission.refusal("dashboard")), "OVERLOADED");
  assert.equal(admission.refusal("call"), undefined);
  assert.equal(admission.keepsAlive(), true);
  measure({ heapRatio: 0.93 });
  assert.equal(admission.keepsAlive(), false);
  assert.equal(await later(admission.layer(answers))(CALL), REPLY);
  measure({ heapRatio: 0.97 });
  await assert.rejects(later(admission.layer(answers))(CALL), (fault: Fault) => {
    assert.equal(fault.code, "OVERLOADED");
    assert.equal(fault.retryAfterMs, 2_000);
    assert.equal(fault.circumstance?.ours, true);
    assert.match(fault.message, /heap is 97 % full, 40 of 1024 files open.*no new calls.*in 2 s/);
    return true;
  });
  assert.deepEqual(admission.shed, { call: 1, list: 1, background: 0, dashboard: 1 });
});

test("calls that run go on at every level", async () => {
  const { admission, measure } = stage();
  const reply = Promise.withResolvers<Reply>();
  const running = admission.layer(() => reply.promise)(CALL);
  measure({ heapRatio: 0.99 });
  assert.equal(admission.running, 1);
  reply.resolve(REPLY);
  assert.equal(await running, REPLY);
  assert.equal(admission.running, 0);
});

test("every change of level is one line: a warning upwards, a piece of news downwards", () => {
  const { lines, measure } = stage();
  measure({ heapRatio: 0.96 }, 1_000);
  measure({}, 5_000);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ["warn", "info"],
  );
  assert.match(lines[0]?.message ?? "", /is critical \(.*96 % full.*\): new calls are refused too/);
  assert.match(lines[1]?.message ?? "", /is calm/);
});

test("a gateway that stops refuses new calls and waits for the last of those that run", async () => {
  const { admission } = stage();
  const replies = [Promise.withResolvers<Reply>(), Promise.withResolvers<Reply>()] as const;
  const running = replies.map(({ promise }) => admission.layer(() => promise)(CALL));
  let left: number | undefined;
  const drained = admission.drain(30_000).then((count) => (left = count));
  await assert.rejects(later(admission.layer(answers))(CALL), { code: "DRAINING" });
  assert.equal(admission.keepsAlive(), false);
  replies[0].resolve(REPLY);
  await settle();
  assert.equal(left, undefined);
  replies[1].reject(new Error("it failed"));
  await Promise.allSettled(running);
  await drained;
  assert.equal(left, 0);
});

test("a call that does not end is waited for as long as the grace lasts", async () => {
  const { admission, world } = stage();
  void admission.layer(() => new Promise<Reply>(() => {}))(CALL);
  const drained = admission.drain(30_000);
  world.advance(30_000);
  assert.equal(await drained, 1);
});

test("without running calls nobody waits, and a closed door leaves no timer", async () => {
  const { admission, world } = stage();
  assert.equal(await admission.drain(30_000), 0);
  admission.close();
  assert.equal(world.timers, 0);
});
