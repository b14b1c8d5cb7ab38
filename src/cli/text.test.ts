import assert from "node:assert/strict";
import { test } from "node:test";
import { byteSize, grouped, percent } from "./text.ts";

test("a share never looks like none or all when it is neither", () => {
  assert.deepEqual([0, 0.001, 0.62, 0.9999, 1].map(percent), ["0 %", "<1 %", "62 %", ">99 %", "100 %"]);
});

test("bytes have the largest unit that keeps them at one or more, with two figures at least", () => {
  const told = [0, 900, 1_023, 1_024, 4_300, 10_240, 1_048_570, 4_400_000, 67_108_864, 2 ** 40].map(byteSize);
  assert.deepEqual(told, [
    "0 bytes",
    "900 bytes",
    "1023 bytes",
    "1 KiB",
    "4.2 KiB",
    "10 KiB",
    "1 MiB",
    "4.2 MiB",
    "64 MiB",
    "1024 GiB",
  ]);
});

test("thousands are set apart", () => assert.equal(grouped(1_234_567), "1,234,567"));
