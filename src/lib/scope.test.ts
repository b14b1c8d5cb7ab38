import assert from "node:assert/strict";
import { test } from "node:test";
import { createScope } from "./scope.ts";

test("resources are closed in reverse order, each after the one before has ended", async () => {
  const scope = createScope();
  const log: string[] = [];
  for (const name of ["first", "second"]) {
    const owned = scope.own(name, async (it) => {
      log.push(`closing ${it}`);
      await new Promise(setImmediate);
      log.push(`closed ${it}`);
    });
    assert.equal(owned, name);
  }
  await scope.close();
  assert.deepEqual(log, ["closing second", "closed second", "closing first", "closed first"]);
});

test("one that fails does not keep the others open, and every error is told", async () => {
  const scope = createScope();
  const closed: string[] = [];
  scope.own("a", (it) => void closed.push(it));
  scope.own("b", () => {
    throw new Error("b failed");
  });
  scope.own("c", () => Promise.reject(new Error("c failed")));
  await assert.rejects(scope.close(), ({ errors }: AggregateError) => {
    assert.deepEqual(errors.map(String), ["Error: c failed", "Error: b failed"]);
    return true;
  });
  assert.deepEqual(closed, ["a"]);
});

test("closing twice closes once", async () => {
  const scope = createScope();
  let closed = 0;
  scope.own(1, () => void closed++);
  await Promise.all([scope.close(), scope.close()]);
  await scope.close();
  assert.equal(closed, 1);
});
