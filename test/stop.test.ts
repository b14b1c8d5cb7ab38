// When does a gateway end by itself? Not by a signal of its own, but because what had started it is gone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { until } from "./kit.ts";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a gateway whose npm was told to stop drains and ends, although the shell between them passes nothing on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "omni2-stop-"));
  const config = join(folder, "omni2.json");
  await writeFile(config, '{ "mcpServers": {} }');
  const flags = `--port 0 --data-dir "${folder}/data" --config "${config}" --log-format json`;
  // The command after it keeps the shell from becoming the gateway itself.
  const shell = spawn("sh", ["-c", `"${process.execPath}" "${MAIN}" ${flags}; true`], {
    env: { PATH: process.env.PATH, npm_lifecycle_event: "start" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  shell.stdout.on("data", (chunk) => (said += chunk));
  await until("it is ready", () => said.includes("OMNI2 ready"));
  const pid = Number(/"pid":(\d+)/.exec(said)?.[1]);
  try {
    assert.ok(isAlive(pid));
    shell.kill("SIGTERM");
    await until("it said goodbye", () => said.includes('"OMNI2 stopped"'));
    await until("its process is gone", () => !isAlive(pid));
  } finally {
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  }
  await rm(folder, { recursive: true, force: true });
});
