import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { RetryBudget } from "./retry-budget.ts";

/** How many of so many retries in a row are granted. */
const granted = (budget: RetryBudget, asked: number): number => {
  let count = 0;
  for (let i = 0; i < asked; i++) if (budget.withdraw()) count++;
  return count;
};

function deposit(budget: RetryBudget, calls: number): void {
  for (let i = 0; i < calls; i++) budget.deposit();
}

test("a budget begins with three retries and gains one for five calls", () => {
  const budget = new RetryBudget();
  assert.equal(granted(budget, 10), 3);
  deposit(budget, 4);
  assert.equal(granted(budget, 10), 0);
  deposit(budget, 1);
  assert.equal(granted(budget, 10), 1);
});

test("what good times save is never more than ten retries", () => {
  const budget = new RetryBudget();
  deposit(budget, 1_000);
  assert.equal(granted(budget, 100), 10);
});

test("whatever happens in whatever order, the load is at most 1.2 times the calls and the reserve", () => {
  const steps = fc.array(fc.constantFrom("call", "retry"), { maxLength: 500 });
  holds(
    fc.property(steps, (sequence) => {
      const budget = new RetryBudget();
      let [calls, retries] = [0, 0];
      for (const step of sequence) {
        if (step === "call") {
          budget.deposit();
          calls++;
        } else if (budget.withdraw()) retries++;
        assert.ok(calls + retries <= 1.2 * calls + 3, `${calls} calls, ${retries} retries`);
      }
    }),
  );
});

test("an outage in which every attempt fails is a fifth more load, and no less help than that", () => {
  const budget = new RetryBudget();
  let retries = 0;
  for (let call = 0; call < 10_000; call++) {
    budget.deposit();
    retries += granted(budget, 2);
  }
  assert.equal(retries, 2_003);
});
