import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { describeSelf, livenessOf, parseHolder } from "./holder.ts";
import { takeLock } from "./lock.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "omni2-lock-"));

test("a lock is taken once, names its holder, and is free again after release", async () => {
  const dir = folder();
  const first = await takeLock(dir, 0);
  assert.equal(first.type, "taken");
  const second = await takeLock(dir, 0);
  assert.equal(second.type === "held" && second.holder?.pid, process.pid);
  if (first.type === "taken") first.release();
  const third = await takeLock(dir, 0);
  assert.equal(third.type, "taken");
  if (third.type === "taken") third.release();
  assert.equal(readFileSync(join(dir, "pg.lock"), "utf8"), "");
  rmSync(dir, { recursive: true });
});

test("a lock is free as soon as its holder is killed, and a waiting opener gets it", async () => {
  const dir = folder();
  const code = `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    await takeLock(${JSON.stringify(dir)}, 0); console.log("held"); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  assert.equal((await takeLock(dir, 0)).type, "held");
  const waiting = takeLock(dir, 10_000);
  holder.kill("SIGKILL");
  const taken = await waiting;
  assert.equal(taken.type, "taken");
  if (taken.type === "taken") taken.release();
  rmSync(dir, { recursive: true });
});

test("a record left by a crash does not keep the directory", async () => {
  const dir = folder();
  writeFileSync(join(dir, "pg.lock"), JSON.stringify({ ...describeSelf(), startTime: "1" }));
  const taken = await takeLock(dir, 0);
  assert.equal(taken.type, "taken");
  if (taken.type === "taken") taken.release();
  rmSync(dir, { recursive: true });
});

test("a holder is alive only as the very process that wrote the record", { skip: process.platform !== "linux" }, () => {
  const self = describeSelf();
  assert.equal(livenessOf(self, self), "alive");
  assert.equal(livenessOf({ ...self, startTime: "1" }, self), "dead");
  assert.equal(livenessOf({ ...self, bootId: "another boot" }, self), "dead");
  assert.equal(livenessOf({ ...self, pidNamespace: "pid:[1]" }, self), "unknown");
});

test("a text that is no record names nobody", () => {
  for (const text of ["", "{", "null", '{"pid":"1"}']) assert.equal(parseHolder(text), null);
});
