import assert from "node:assert/strict";
import test from "node:test";
import { median, percentile, quantile } from "./figures.ts";
import { judge } from "./goals.ts";
import type { LoadReport } from "./load.ts";
import { figuresOf } from "./neighbours.ts";
import { goalsText, neighboursText, table, trafficText } from "./print.ts";
import { pathFigures } from "./traffic.ts";
import { cpuMicros, parsePsTime, rssBytes } from "./usage.ts";

const report = (perSecond: number, cpuMicrosPerCall?: number): LoadReport => ({
  calls: 10,
  perSecond,
  p50Ms: 1,
  p95Ms: 2,
  p99Ms: 2,
  loadMicrosPerCall: 20,
  ...(cpuMicrosPerCall === undefined ? {} : { cpuMicrosPerCall }),
});

test("percentiles are values that occurred, by nearest rank", () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => i + 1);
  assert.equal(percentile(values, 0.5), 50);
  assert.equal(percentile(values, 0.99), 99);
  assert.equal(percentile([5], 0.01), 5);
});

test("the median and the quarters ignore order and one wild value", () => {
  assert.equal(median([3, 1, 1_000]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.deepEqual([quantile([9, 1, 1_000, 2], 0.25), quantile([9, 1, 1_000, 2], 0.75)], [1, 9]);
});

test("a path's processor time is that of its quarter disturbed least, its speed that of the turns in which the floor was fastest", () => {
  const floor = [report(100, 30), report(200, 10), report(190, 11), report(50, 40)];
  const path = pathFigures("OMNI2", [report(80, 45), report(95, 15), report(90, 18), report(20, 90)], floor);
  assert.deepEqual([path.cpuMicrosPerCall, path.cpuRatio], [15, 1.5]);
  assert.deepEqual([path.perSecond, path.perSecondRatio], [92.5, 92.5 / 195]);
  assert.equal(path.perSecondSpread, (90 - 20) / 85);
  assert.equal(path.calls, 40);
});

test("what is added is told by the calmer half of the turns", () => {
  const floor = [report(1, 10), report(1, 30), report(1, 12), report(1, 11)];
  const path = pathFigures("OMNI2", [report(1, 14), report(1, 31), report(1, 40), report(1, 13)], floor);
  assert.equal(path.addedMicros, 3);
});

test("a path without a process in between has no processor figure and no ratio of it", () => {
  const path = pathFigures("direct", [report(100)], [report(50, 10)]);
  assert.equal(path.cpuMicrosPerCall, undefined);
  assert.equal(path.cpuRatio, undefined);
  assert.equal(path.perSecondRatio, 2);
});

test("a goal is met at its limit, missed beyond it, and not met without a figure", () => {
  const cellWith = (perSecondRatio: number, cpuRatio: number) => {
    const path = { ...pathFigures("OMNI2", [report(1, 1)], [report(1, 1)]), perSecondRatio, cpuRatio };
    return { section: "small", sessions: 16, paths: [path] } as const;
  };
  const metOf = (...cells: ReturnType<typeof cellWith>[]) => judge({ cells }, ["small"]).map(({ met }) => met);
  assert.deepEqual(metOf(cellWith(0.7, 1.5)), [true, true]);
  assert.deepEqual(metOf(cellWith(0.69, 1.51)), [false, false]);
  assert.deepEqual(metOf(), [false, false]);
  const memory = { rssBytes: 181e6, heldBytes: 59e6, rssAfterCollectionBytes: 1 };
  assert.deepEqual(
    judge({ cells: [], memory }, ["memory"]).map(({ met }) => met),
    [false, true],
  );
});

test("a fault is judged beside the good order before and after it, and the worst fault decides", () => {
  const at = (p95Ms: number, cpu = 50) => ({ ...report(100, cpu), p95Ms });
  const hangs = figuresOf("hangs", [
    { calm: [at(8), at(12)], trouble: { healthy: at(15, 55), lostShare: 1 } },
    { calm: [at(90), at(110)], trouble: { healthy: at(110), lostShare: 1 } },
    { calm: [at(10), at(10)], trouble: { healthy: at(20, 60), lostShare: 0.5 } },
  ]);
  assert.deepEqual([hangs.p95Ratio, hangs.calmP95Ms, hangs.p95Ms, hangs.lostShare, hangs.calls], [1.5, 10, 20, 1, 30]);
  assert.match(neighboursText([hangs]), /^hangs +10\.00 +20\.00 +1\.50 +1\.00 +1\.10 +30 +100 %$/m);
  const slow = { ...hangs, fault: "slow", p95Ratio: 1.51 } as const;
  const metOf = (...neighbours: (typeof hangs)[]) =>
    judge({ cells: [], neighbours }, ["neighbours"]).map(({ met }) => met);
  assert.deepEqual([metOf(hangs), metOf(hangs, slow), metOf(slow, hangs)], [[true], [false], [false]]);
});

test("tables are aligned, and empty sections are left out", () => {
  assert.equal(
    table([
      ["a", "bb", "c"],
      ["aaa", "b", "ccc"],
    ]),
    "a    bb    c\naaa  b   ccc",
  );
  const paths = [pathFigures("floor", [report(100, 10)], [report(100, 10)])];
  const text = trafficText([{ section: "big", sessions: 16, paths }]);
  assert.match(text, /^Large results/);
  assert.doesNotMatch(text, /Small results/);
  assert.match(goalsText(judge({ cells: [] }, ["small"])), /^no figure {2}small, 16 sessions/m);
});

test("processor time and memory of this process can be read, and grow with work", {
  skip: process.platform === "win32",
}, () => {
  const before = cpuMicros(process.pid);
  const endAt = performance.now() + 60;
  while (performance.now() < endAt);
  const after = cpuMicros(process.pid);
  assert.ok(before !== undefined && after !== undefined && after >= before);
  assert.ok((rssBytes(process.pid) ?? 0) > 10e6);
});

test("processor times of ps are understood in all their forms", () => {
  assert.equal(parsePsTime("0:01.50"), 1_500_000);
  assert.equal(parsePsTime("01:02:03"), 3_723_000_000);
  assert.equal(parsePsTime("1-00:00:01"), 86_401_000_000);
  assert.equal(parsePsTime("nonsense"), undefined);
  assert.equal(parsePsTime(undefined), undefined);
});
