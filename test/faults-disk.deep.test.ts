// What does a full disk cost? Not one call: what cannot be kept is refused, and kept again when there is room.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, stdio, textOf } from "./recovery-kit.ts";

const SIZE = "size=256m";
const BLOCK = Buffer.alloc(1024 * 1024, "x");
const FULL_MS = 5_000;
const MOST_DEFINITIONS = 900;
const RECOVERY_LIMIT_MS = 30_000;

/** A folder on a file system of its own, or why there is none. */
function smallDisk(t: TestContext): string | { skip: string } {
  const folder = mkdtempSync(join(tmpdir(), "omni2-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", SIZE, "tmpfs", folder], { stdio: "pipe" });
  } catch {
    rmSync(folder, { recursive: true });
    return { skip: "a file system of its own size can only be mounted by root" };
  }
  t.after(() => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Writes until nothing fits any more, not even a byte. */
function fill(file: string): void {
  const fd = openSync(file, "w");
  for (let size = BLOCK.length; size >= 1; ) {
    try {
      writeSync(fd, BLOCK.subarray(0, size));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
      size = Math.floor(size / 16);
    }
  }
  closeSync(fd);
}

/** A definition that takes up room. */
const define = (gateway: TestGateway, name: string) => {
  const url = `http://127.0.0.1:9/mcp?${randomBytes(15_000).toString("hex")}`;
  return gateway.api("POST", "/api/servers", { name, url, enabled: false });
};

/** What the database has set aside takes the first ones; the answer to the first that finds no room. */
async function defineUntilRefused(gateway: TestGateway): Promise<{ status: number; kept: number }> {
  for (let kept = 0; kept < MOST_DEFINITIONS; kept++) {
    const { status } = await define(gateway, `during-${kept}`);
    if (status !== 201) return { status, kept };
  }
  throw new Error("the disk was never full");
}

const bugs = ({ lines }: TestGateway): unknown[] =>
  lines.filter((line) => /unhandled|uncaught|TypeError|ReferenceError|met a bug/i.test(JSON.stringify(line)));

test("a full disk costs no call, refuses what it cannot keep, and is forgotten when there is room again", async (t) => {
  const folder = smallDisk(t);
  if (typeof folder !== "string") return t.skip(folder.skip);
  const gateway = await startGateway({ servers: { echo: stdio("echo.ts") }, folder });
  t.after(() => gateway.stop());
  await allUp(gateway, ["echo"]);
  assert.equal((await define(gateway, "before")).status, 201);
  const filler = join(folder, "filler");
  fill(filler);
  const fullUntil = Date.now() + FULL_MS;
  for (let n = 0; Date.now() < fullUntil; n++) {
    const call = { server: "echo", tool: "echo", arguments: { message: `call ${n}` } };
    assert.equal(await textOf(gateway, call), `call ${n}`);
    assert.equal((await fetch(`${gateway.url}/livez`)).status, 200);
    if (n % 20 === 0) fill(`${filler}-${n}`);
  }
  const { status, kept } = await defineUntilRefused(gateway);
  assert.equal(status, 503);
  assert.equal(await textOf(gateway, { server: "echo", tool: "echo", arguments: { message: "on" } }), "on");
  for (let n = 0; n < 1_000; n += 20) rmSync(`${filler}-${n}`, { force: true });
  rmSync(filler);
  const added = async (): Promise<boolean> => (await define(gateway, "later")).status === 201;
  await until("definitions are kept again", added, RECOVERY_LIMIT_MS);
  const { items } = (await gateway.api("GET", "/api/servers")).body as { items: unknown[] };
  assert.equal(items.length, kept + 3, "the first, those that were kept, and the last beside the file's own");
  await until("it is ready", async () => (await fetch(`${gateway.url}/readyz`)).status === 200, RECOVERY_LIMIT_MS);
  assert.deepEqual(bugs(gateway), []);
  assert.equal(await gateway.end("SIGTERM"), 0);
});
