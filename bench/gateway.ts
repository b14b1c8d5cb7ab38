// How is OMNI2 itself started for a measurement? As a user starts it: own process, own data directory, a configuration file.
// Nothing of the caller's environment that could point it at a real database reaches it.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { request } from "undici";
import { stopChild, track } from "./processes.ts";
import { until } from "./until.ts";

/** One server definition as it stands in the configuration file. */
export type ServerDefinition = (
  | { readonly url: string }
  | { readonly command: string; readonly args: readonly string[] }
) & { readonly trusted?: boolean; readonly cache?: { readonly mode: "off" | "shadow" | "auto" } };

export interface GatewayPlan {
  /** Empty for a cold start; kept between two starts for a warm one. */
  readonly folder: string;
  readonly servers: Readonly<Record<string, ServerDefinition>>;
  /** Where the memory probe writes; without it the probe is not loaded. */
  readonly memoryFile?: string;
}

export interface Gateway {
  readonly pid: number;
  readonly url: string;
  /** What the ready line says. */
  readonly startMs: number;
  /** From our spawn to the ready line. */
  readonly readyMs: number;
  /** Asks the process for its memory after a forced collection; needs `memoryFile`. */
  signalMemory(): void;
  stop(): Promise<void>;
}

const ROOT = path.dirname(import.meta.dirname);
const READY_TIMEOUT_MS = 60_000;
const LOG_TAIL_LINES = 30;

/** False in a checkout that holds the benchmark but not yet the gateway. */
export const gatewayExists = (): boolean => existsSync(path.join(ROOT, "src/serve.ts"));

/** Rejects with the last log lines when the process ends, or stays silent for a minute, before it is ready. */
export async function startGateway(plan: GatewayPlan): Promise<Gateway> {
  const config = path.join(plan.folder, "omni2.json");
  await writeFile(config, JSON.stringify({ mcpServers: plan.servers }));
  const spawnedAt = performance.now();
  const child = track(spawnGateway(plan, config));
  const stop = (): Promise<void> => stopChild(child, "OMNI2");
  try {
    const { url, startMs } = await readyLine(child);
    const readyMs = performance.now() - spawnedAt;
    return { pid: child.pid as number, url, startMs, readyMs, stop, signalMemory: () => void child.kill("SIGUSR2") };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits until every configured server is up; answers how many milliseconds that took. */
export async function untilAllUp(gateway: Gateway): Promise<number> {
  const startedAt = performance.now();
  await until("all servers are up in GET /health", async () => {
    const { body } = await request(new URL("/health", gateway.url));
    const health = (await body.json()) as { servers?: { total: number; up: number } };
    return health.servers !== undefined && health.servers.total > 0 && health.servers.up === health.servers.total;
  });
  return performance.now() - startedAt;
}

function spawnGateway(plan: GatewayPlan, config: string): ChildProcess {
  const probe = plan.memoryFile === undefined ? [] : ["--import", new URL("memory-probe.ts", import.meta.url).href];
  const flags = [
    "--port",
    "0",
    "--data-dir",
    path.join(plan.folder, "data"),
    "--config",
    config,
    "--log-format",
    "json",
  ];
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OMNI2|DATABASE|REDIS|LOG)_/.test(name));
  return spawn(process.execPath, [...probe, path.join(ROOT, "src/main.ts"), ...flags], {
    cwd: plan.folder,
    env: { ...Object.fromEntries(inherited), ...(plan.memoryFile ? { BENCH_MEMORY_FILE: plan.memoryFile } : {}) },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

interface ReadyLine {
  readonly url: string;
  readonly startMs: number;
}

function readyLine(child: ChildProcess): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    const tail: string[] = [];
    const fail = (what: string): void => reject(new Error(`OMNI2 ${what}. Its last lines:\n${tail.join("\n")}`));
    const timer = setTimeout(() => fail(`was not ready within ${READY_TIMEOUT_MS / 1_000} s`), READY_TIMEOUT_MS);
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      fail(`ended before it was ready (${code ?? signal})`);
    });
    // Both streams are read to the end of the process: a full pipe would stop it.
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        tail.push(line);
        if (tail.length > LOG_TAIL_LINES) tail.shift();
        const ready = parseReady(line);
        if (ready === undefined) return;
        clearTimeout(timer);
        resolve(ready);
      });
    }
  });
}

function parseReady(line: string): ReadyLine | undefined {
  if (!line.includes("OMNI2 ready")) return undefined;
  try {
    const { msg, url, startMs } = JSON.parse(line) as { msg?: unknown } & ReadyLine;
    return msg === "OMNI2 ready" ? { url, startMs } : undefined;
  } catch {
    return undefined;
  }
}
