// A published server over stdio with a counter in front of it: `FILE SCRIPT ARGS...` starts SCRIPT and hands everything on as it
// is, and writes the name of each tool that is called to FILE, one line per call, before the server hears of it.
import { spawn } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Calls that went through to the server, by tool, over all processes with this file. */
export function callsIn(file: string): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const tool of readLines(file)) times.set(tool, (times.get(tool) ?? 0) + 1);
  return times;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}

function run(file: string, script: string, args: readonly string[]): void {
  const server = spawn(process.execPath, [script, ...args], { stdio: ["pipe", "inherit", "inherit"] });
  server.on("exit", (code) => process.exit(code ?? 1));
  process.on("SIGTERM", () => server.kill("SIGTERM"));
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      const { method, params } = JSON.parse(line) as { method?: string; params?: { name?: string } };
      if (method === "tools/call") appendFileSync(file, `${params?.name}\n`);
      server.stdin.write(`${line}\n`);
    })
    .on("close", () => server.stdin.end());
}

if (import.meta.main) {
  const [file = "", script = "", ...args] = process.argv.slice(2);
  run(file, script, args);
}
