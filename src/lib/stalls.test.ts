// Does this process notice that it was too busy to keep time?
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { watchStalls } from "./stalls.ts";

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("a standstill is seen while it lasts, remembered after it, and told only to who asks about that time", async () => {
  const stalls = watchStalls();
  await sleep(120);
  const before = performance.now();
  block(400);
  const during = stalls.longestSince(before);
  assert.ok(during >= 300 && during < 2_000, `${during} ms while it lasts`);
  await sleep(20);
  const after = stalls.longestSince(before);
  assert.ok(after >= 300 && after < 2_000, `${after} ms afterwards`);
  assert.ok(stalls.longestSince(performance.now()) < 300);
});

test("of several standstills the longest counts", async () => {
  const stalls = watchStalls();
  const before = performance.now();
  for (const ms of [100, 500, 150]) {
    block(ms);
    await sleep(60);
  }
  const seen = stalls.longestSince(before);
  assert.ok(seen >= 400 && seen < 2_000, `${seen} ms`);
});
