// Is a shortage of the gateway's own process told as its own, and everything else left alone?
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "#contract/fault.ts";
import { ownShortage } from "./shortage.ts";

const withCode = (code: string): Error => Object.assign(new Error("system"), { code });

for (const [code, what] of [
  ["EMFILE", "open files"],
  ["ENFILE", "open files"],
  ["EAGAIN", "processes"],
  ["ENOMEM", "memory"],
  ["ENOBUFS", "memory for sockets"],
  ["EADDRNOTAVAIL", "local addresses"],
] as const) {
  test(`${code} says that the gateway ran out of ${what}, and blames no server`, () => {
    const fault = ownShortage("files", withCode(code));
    assert.equal(fault?.code, "OVERLOADED");
    assert.deepEqual(fault?.circumstance, { ours: true });
    assert.equal(fault?.data, undefined);
    assert.equal(fault?.retryAfterMs, 1_000);
    assert.match(
      fault?.message ?? "",
      new RegExp(`gateway itself has run out of ${what} \\(${code}\\).*files.*not to blame`),
    );
  });
}

for (const code of ["ECONNREFUSED", "ENOTFOUND", "ENOENT", "ETIMEDOUT", "constructor", "UND_ERR_CONNECT_TIMEOUT"]) {
  test(`${code} is no shortage of ours`, () => assert.equal(ownShortage("files", withCode(code)), undefined));
}

test("a shortage is found behind other errors and among several", () => {
  const behind = new Error("outer", { cause: new Fault("UPSTREAM_UNAVAILABLE", "x", { cause: withCode("EMFILE") }) });
  assert.equal(ownShortage("files", behind)?.code, "OVERLOADED");
  const several = new AggregateError([withCode("ECONNREFUSED"), withCode("EMFILE")]);
  assert.equal(ownShortage("files", several)?.code, "OVERLOADED");
  assert.equal(ownShortage("files", "EMFILE"), undefined);
});

test("causes that go round in a circle end the search", () => {
  const circle = withCode("EWHATEVER");
  circle.cause = circle;
  assert.equal(ownShortage("files", circle), undefined);
});
