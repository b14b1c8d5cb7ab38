import assert from "node:assert/strict";
import { test } from "node:test";
import { type CheckResult, demand, demandSame, runSection, type SectionPlan } from "./check.ts";

const good = { name: "good", look: () => "fine" };
const bad = { name: "bad", look: () => Promise.reject(new Error("broken")) };

async function run(plan: Partial<SectionPlan>, signal?: AbortSignal) {
  const told: CheckResult[] = [];
  const options = { limitMs: 50, onCheck: (check: CheckResult) => told.push(check), signal };
  const result = await runSection({ title: "it", steps: [], ...plan }, options);
  assert.deepEqual(result.checks, told);
  return { ok: result.ok, checks: told.map(({ name, ok, text }) => [name, ok, text]) };
}

test("a failed step is told and the next ones are tried all the same", async () => {
  assert.deepEqual(await run({ steps: [good, bad, good] }), {
    ok: false,
    checks: [
      ["good", true, "fine"],
      ["bad", false, "expected no error, saw broken"],
      ["good", true, "fine"],
    ],
  });
});

test("in a chain nothing is tried after a failure, and what was not tried is no pass", async () => {
  assert.deepEqual(await run({ steps: [bad, good], chained: true }), {
    ok: false,
    checks: [
      ["bad", false, "expected no error, saw broken"],
      ["good", false, 'not tried, because "bad" failed'],
    ],
  });
});

test("a step that never ends fails when its time is up", async () => {
  const { checks } = await run({ steps: [{ name: "hangs", look: () => new Promise<string>(() => {}) }] });
  assert.deepEqual(checks, [["hangs", false, "expected an end within 50 ms, saw that it still goes on"]]);
});

test("an interruption ends the step under way and leaves out the others", async () => {
  const control = new AbortController();
  const hangs = {
    name: "hangs",
    look: () => {
      queueMicrotask(() => control.abort());
      return new Promise<string>(() => {});
    },
  };
  assert.deepEqual(await run({ steps: [hangs, good] }, control.signal), {
    ok: false,
    checks: [
      ["hangs", false, "expected to come to an end, saw an interruption"],
      ["good", false, "not tried, because interrupted"],
    ],
  });
});

test("an unmet demand says what was expected and what was seen, and no more than fits a line", () => {
  assert.throws(() => demand(false, "a dog", "a cat"), /^Error: expected a dog, saw a cat$/);
  assert.throws(() => demandSame("numbers", [1, 2], [1, 3]), /expected numbers \[1,3\], saw \[1,2\]$/);
  assert.throws(
    () => demandSame("the text", "x".repeat(9_000), ""),
    (error: Error) => error.message.length < 400,
  );
  demandSame("numbers", { a: 1, b: 2 }, { b: 2, a: 1 });
});
