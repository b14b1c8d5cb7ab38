// The embedded database's data directory: one holder, and no acknowledged row lost however its gateway ends.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isFault } from "#contract/fault.ts";
import { openStore } from "#store/store.ts";
import { faultOf, holderOf, newFolder, opened, options, until } from "./store-kit.ts";

describe("the embedded database's data directory", () => {
  it("is refused to a second gateway, which learns who holds it, and the first is unharmed", async () => {
    const dataDir = newFolder();
    const first = await opened(options(null, dataDir));
    await first.settings.set("mine", 1);
    await assert.rejects(openStore(options(null, join(dataDir, "."))), (error) => {
      assert.ok(isFault(error, "DATA_DIR_IN_USE"));
      assert.equal(error.row.exit, 3);
      assert.match(error.message, new RegExp(`pid ${process.pid} .*pid ${holderOf(dataDir).pid}`));
      return true;
    });
    assert.equal(await first.settings.get("mine"), 1);
    assert.equal(first.state, "ready");
    await first.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("that cannot be made is a clear fault", async () => {
    await faultOf("CONFIG_INVALID", openStore(options(null, join(import.meta.filename, "data"))));
  });

  it("keeps every acknowledged row when its gateway is killed mid-write, and opens again", async () => {
    const dataDir = newFolder();
    let acknowledged = 0;
    for (let round = 0; round < 5; round++) acknowledged = await writeUntilKilled(dataDir, acknowledged + 1);
    const store = await opened(options(null, dataDir));
    const stored = new Set((await store.audit.recent(1_000_000)).map((row) => Number(row.target)));
    await store.close();
    const missing = Array.from({ length: acknowledged }, (_, index) => index + 1).filter((row) => !stored.has(row));
    assert.deepEqual(missing, []);
    rmSync(dataDir, { recursive: true, force: true });
  });
});

/** The last number acknowledged before SIGKILL; numbers continue without a gap over rounds. */
async function writeUntilKilled(dataDir: string, first: number): Promise<number> {
  const writer: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, "store-writer.ts"), dataDir, String(first)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  writer.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const closed = new Promise((resolve) => writer.once("close", resolve));
  await until("the writer writes", () => output.split("\n").length > 50);
  await sleep(Math.random() * 200);
  writer.kill("SIGKILL");
  await closed;
  const last = Number(output.split("\n").at(-2));
  assert.ok(last > first);
  return last;
}
