import assert from "node:assert/strict";
import { test } from "node:test";
import { borrowBuffer, returnBuffer } from "./buffer-pool.ts";

test("a buffer that was handed back is lent again, and never to two at once", () => {
  const first = borrowBuffer(70_000);
  const second = borrowBuffer(70_000);
  assert.notEqual(first.buffer, second.buffer);
  returnBuffer(first.subarray(100, 200));
  const third = borrowBuffer(66_000);
  assert.equal(third.buffer, first.buffer);
  assert.equal(third.length, 66_000);
  returnBuffer(third);
  returnBuffer(third);
  assert.notEqual(borrowBuffer(70_000).buffer, borrowBuffer(70_000).buffer);
});

test("buffers that were not borrowed are left alone", () => {
  const own = Buffer.alloc(70_000);
  returnBuffer(own);
  assert.notEqual(borrowBuffer(70_000).buffer, own.buffer);
  assert.equal(borrowBuffer(10).length, 10);
});
