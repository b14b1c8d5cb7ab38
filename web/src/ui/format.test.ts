import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, clock, count, duration, localTime, many, percent, sentence, until, words } from "./format.ts";

const CASES: readonly [string, string][] = [
  [words(count(0)), "0"],
  [words(count(412)), "412"],
  [words(count(1234)), "1.23 k"],
  [words(count(999_999)), "1 M"],
  [words(bytes(2048)), "2 KiB"],
  [percent(0), "0 %"],
  [percent(0.001), "< 1 %"],
  [percent(2 / 3), "67 %"],
  [percent(0.999), "> 99 %"],
  [percent(1), "100 %"],
  [words(duration(0.4217)), "0.422 ms"],
  [words(duration(640)), "640 ms"],
  [words(duration(999.9)), "1 s"],
  [words(duration(1421)), "1.42 s"],
  [words(duration(59_990)), "1 m"],
  [words(duration(190_000)), "3 m 10 s"],
  [words(duration(60_000)), "1 m"],
  [words(duration(7_500_000)), "2 h 5 m"],
  [words(duration(273_600_000)), "3 d 4 h"],
  [until(9000, 1001), "8 s"],
  [until(0, 5000), "0 s"],
  [many(1, "tool"), "1 tool"],
  [many(14, "tool"), "14 tools"],
  [sentence("gone"), "Gone."],
  [sentence("gone…"), "Gone…"],
  [sentence(" "), ""],
];

for (const [shown, expected] of CASES) test(`a figure is written "${expected}"`, () => assert.equal(shown, expected));

test("a moment fills a field for date and time as this place writes it", () => {
  const at = new Date(2026, 4, 3, 2, 4, 31, 250).getTime();
  assert.equal(localTime(at), "2026-05-03T02:04:31");
  assert.equal(Date.parse(localTime(at)), at - 250);
});

test("a time carries its date only when it is not today", () => {
  const noon = new Date(2026, 4, 3, 12, 4, 31).getTime();
  assert.equal(clock(noon, noon + 1000), "12:04:31");
  assert.equal(clock(noon, noon + 86_400_000), "2026-05-03 12:04:31");
});
