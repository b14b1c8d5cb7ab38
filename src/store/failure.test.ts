import assert from "node:assert/strict";
import { test } from "node:test";
import { classify, describe, withoutValues } from "./failure.ts";

const failed = (message: string, code?: string): Error => Object.assign(new Error(message), { code });

const kinds: [Error, string][] = [
  [failed("could not serialize access", "40001"), "again"],
  [failed("deadlock detected", "40P01"), "again"],
  [failed("Query read timeout"), "hang"],
  [failed("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED"), "connection"],
  [new AggregateError([failed("connect ECONNREFUSED ::1:1", "ECONNREFUSED")], ""), "connection"],
  [failed("terminating connection due to administrator command", "57P01"), "connection"],
  [failed("Connection terminated unexpectedly"), "connection"],
  [failed("timeout exceeded when trying to connect"), "resources"],
  [failed("canceling statement due to statement timeout", "57014"), "resources"],
  [failed("could not extend file: No space left on device", "53100"), "resources"],
  [failed("cannot execute INSERT in a read-only transaction", "25006"), "resources"],
  [failed("null value in column", "23502"), "bug"],
  [new TypeError("x is not a function"), "bug"],
];

for (const [error, kind] of kinds) {
  test(`"${describe(error)}" is of the kind ${kind}`, () => assert.equal(classify(error), kind));
}

test("several addresses that refuse are described by the first", () => {
  const refused = failed("connect ECONNREFUSED ::1:1", "ECONNREFUSED");
  assert.equal(describe(new AggregateError([refused], "")), "connect ECONNREFUSED ::1:1");
});

test("what PostgreSQL tells about the row is taken away", () => {
  const error = withoutValues(
    Object.assign(new Error("bad row"), { detail: "Failing row contains (token)", code: "23502" }),
  );
  assert.deepEqual(Object.keys(error as Error), ["code"]);
});
