import assert from "node:assert/strict";
import { test } from "node:test";
import { figure, systemMetrics } from "../fixtures.ts";
import { count, words } from "./format.ts";
import { hourLines, trendWords } from "./hour.ts";

const six = (changes: Parameters<typeof figure>[0]) =>
  Array.from({ length: 6 }, (_, index) => figure({ at: (index + 1) * 10_000, ...changes }));
const metrics = systemMetrics({
  uptimeMs: 1e6,
  sessions: 3,
  sockets: 2,
  latency: { calls: 9, p50: 1, p95: 640, p99: 800, max: 900 },
});
const told = (lines: ReturnType<typeof hourLines>) =>
  lines.map(({ label, figure: value, beside }) => [label, value && words(value), beside ?? null]);

test("the five figures are those of the last minute, with what the cache saved in the hour", () => {
  const tens = six({ calls: 10, faults: 1, hits: 5, savedMs: 200 });
  assert.deepEqual(told(hourLines(tens, [], metrics)), [
    ["Calls", "60", "per min"],
    ["Faults", "10 %", "6 of 60 calls"],
    ["Latency p95", "640 ms", null],
    ["Cache hits", "50 %", "1.2 s saved in 1 h"],
    ["Sessions", "3", "and 2 readers"],
  ]);
});

test("of no call there is no share and no latency; zero calls are zero", () => {
  assert.deepEqual(
    told(hourLines(six({}), [], systemMetrics({ uptimeMs: 1e6 }))).map(([, value]) => value),
    ["0", null, null, null, "0"],
  );
});

test("before the gateway has told anything, no figure is made up", () => {
  const lines = hourLines([], [], null);
  assert.ok(lines.every(({ figure: value }) => value === null));
  assert.equal(lines[0]?.trend?.label, "Calls: nothing is known of the last hour.");
});

test("a line is told by its lowest, its highest and its last value", () => {
  assert.equal(trendWords("Calls", [null, 4, 412, 60], count), "Calls over the last hour: from 4 to 412, lately 60.");
  assert.equal(trendWords("Calls", [0, 0], count), "Calls over the last hour: 0.");
});
