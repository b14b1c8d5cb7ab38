// Is what the gauge measures true, and is it cheap enough to be asked four times a second?
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import { handWorld } from "./hand-world.ts";
import { createPressureGauge, fileLimit, heapRatio, openFiles } from "./pressure.ts";

const onLinux = process.platform === "linux" ? {} : { skip: "needs /proc" };

test("open files are counted, with their limit", onLinux, () => {
  const before = openFiles();
  const opened = Array.from({ length: 20 }, () => openSync("/dev/null", "r"));
  const after = openFiles();
  for (const file of opened) closeSync(file);
  assert.equal((after?.open ?? 0) - (before?.open ?? 0), 20);
  assert.equal(after?.limit, Number(execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" })));
  assert.equal(fileLimit(), after?.limit);
});

test("files are counted once a second, heap and lag every time", () => {
  const world = handWorld();
  let counted = 0;
  const openFilesOnce = () => ({ open: ++counted, limit: 100 });
  const gauge = createPressureGauge(
    { ...world, stalledMs: (since) => since },
    { heapRatio: () => 0.5, openFiles: openFilesOnce },
  );
  assert.deepEqual(gauge(), { lagMs: -1_000, heapRatio: 0.5, files: { open: 1, limit: 100 } });
  world.advance(999);
  assert.equal(gauge().files?.open, 1);
  world.advance(1);
  assert.deepEqual(gauge(), { lagMs: 0, heapRatio: 0.5, files: { open: 2, limit: 100 } });
});

test("memory that is kept shows in the heap's share, and nearly all of it shortly before the end", () => {
  assert.ok(heapRatio() > 0 && heapRatio() < 0.5, `${heapRatio()}`);
  // A process with 64 MiB for old objects that keeps everything, until it has 58 MiB.
  const script = `
    const { heapRatio } = await import(${JSON.stringify(`${import.meta.dirname}/pressure.ts`)});
    const kept = [];
    while (process.memoryUsage().heapUsed < 58 * 2 ** 20) kept.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
    console.log(heapRatio());`;
  const args = ["--max-old-space-size=64", "--input-type=module", "-e", script];
  const ratio = Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
  assert.ok(ratio > 0.85 && ratio < 1, `${ratio}`);
});
