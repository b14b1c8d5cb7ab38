import assert from "node:assert/strict";
import { test } from "node:test";
import { loopFault } from "./via.ts";

test("a request that passed other gateways goes on, up to three", () => {
  assert.equal(loopFault("a", "own"), undefined);
  assert.equal(loopFault("a, b,c", "own"), undefined);
  assert.equal(loopFault("a,b,a,b", "own"), undefined);
  assert.match(loopFault("a,b,c,d", "own")?.message ?? "", /4 gateways/);
});

test("one's own signature is refused wherever it stands", () => {
  for (const via of ["own", "a, own", "own,b"]) assert.match(loopFault(via, "own")?.message ?? "", /gateway itself/);
});
