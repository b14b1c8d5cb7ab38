// How does a test get a real gateway? Its own process, port and data folder, through the same command that users run.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { ServerView } from "../src/contract/upstream.ts";

const CHECKOUT = resolve(import.meta.dirname, "..");
const READY_TIMEOUT_MS = 60_000;

export interface GatewayOptions {
  /** Entries of `mcpServers`. */
  readonly servers: Readonly<Record<string, object>>;
  /** The `omni2` block. */
  readonly omni2?: object;
  /** Reused across restarts when given; else made and removed. */
  readonly folder?: string;
  readonly databaseUrl?: string;
  readonly port?: number;
  /** Which line to wait for; `Listening` when no database will be there. */
  readonly until?: "OMNI2 ready" | "Listening";
  /** Arguments of node itself. */
  readonly nodeArgs?: readonly string[];
  /** A program and its arguments that ends by executing what follows them. */
  readonly launcher?: readonly [string, ...string[]];
}

export interface LogLine {
  readonly msg: string;
  readonly level: string;
  readonly service?: string;
  readonly [field: string]: unknown;
}

export interface TestGateway {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** Holds omni2.json and the data directory. */
  readonly folder: string;
  readonly startMs: number;
  readonly lines: readonly LogLine[];
  /** Answers of REST routes, with the admin token. */
  api(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  server(name: string): Promise<ServerView>;
  /** Changes the configuration file. */
  configure(document: object): Promise<void>;
  /** Resolves with the exit code once the process is gone. */
  readonly ended: Promise<number | null>;
  /** Sends a signal and resolves with the exit code once the process is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** SIGTERM, and the folder goes unless it was given. */
  stop(): Promise<void>;
}

/** Polls until `look` answers something other than undefined or false; fails with `what` after `timeoutMs`. */
export async function until<T>(what: string, look: () => T | Promise<T>, timeoutMs = 20_000): Promise<NonNullable<T>> {
  const endsAt = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<T>;
    if (Date.now() > endsAt) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

export async function startGateway(options: GatewayOptions): Promise<TestGateway> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "omni2-test-")));
  const configFile = join(folder, "omni2.json");
  await writeFile(configFile, JSON.stringify({ mcpServers: options.servers, omni2: options.omni2 ?? {} }));
  const dataDir = join(folder, "data");
  const args = [
    "--port",
    String(options.port ?? 0),
    "--data-dir",
    dataDir,
    "--config",
    configFile,
    "--log-format",
    "json",
  ];
  const node = [process.execPath, ...(options.nodeArgs ?? []), join(CHECKOUT, "src/main.ts"), ...args];
  const [program, ...rest] = [...(options.launcher ?? []), ...node] as [string, ...string[]];
  const child = spawn(program, rest, {
    cwd: folder,
    env: cleanEnvironment(options.databaseUrl),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines = collectLines(child);
  const exited = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
  const ready = await waitForLine(lines, options.until ?? "OMNI2 ready", exited).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  const url = String(ready.url);
  const token = (await readFile(join(dataDir, "admin-token"), "utf8")).trim();

  const gateway: TestGateway = {
    url,
    token,
    pid: child.pid as number,
    folder,
    startMs: Number(ready.startMs ?? 0),
    lines,
    async api(method, path, body) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    },
    async server(name) {
      return (await gateway.api("GET", `/api/servers/${name}`)).body as ServerView;
    },
    ended: exited,
    configure: (document) => writeFile(configFile, JSON.stringify(document)),
    end(signal) {
      child.kill(signal);
      return exited;
    },
    async stop() {
      await gateway.end("SIGTERM");
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
  return gateway;
}

/** Runs the gateway until it exits by itself; for starts that must fail. */
export async function runToExit(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(CHECKOUT, "src/main.ts"), ...args], {
    cwd: CHECKOUT,
    env: { ...cleanEnvironment(undefined), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_TIMEOUT_MS);
  const code = await new Promise<number | null>((done) => child.once("close", (it) => done(it)));
  clearTimeout(timer);
  return { code, stdout, stderr };
}

function cleanEnvironment(databaseUrl: string | undefined): NodeJS.ProcessEnv {
  const foreign = /^(OMNI2_|DATABASE_|REDIS_|LOG_)/;
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  return { ...kept, NODE_TEST_CONTEXT: undefined, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) };
}

function collectLines(child: ChildProcess): LogLine[] {
  const lines: LogLine[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (text) => {
      try {
        lines.push(JSON.parse(text) as LogLine);
      } catch {
        lines.push({ msg: text, level: "plain" });
      }
    });
  }
  return lines;
}

async function waitForLine(lines: readonly LogLine[], msg: string, exited: Promise<number | null>): Promise<LogLine> {
  let gone: { code: number | null } | undefined;
  void exited.then((code) => (gone = { code }));
  return until(
    `the gateway said "${msg}"`,
    () => {
      const line = lines.find((candidate) => candidate.msg.startsWith(msg));
      if (line === undefined && gone !== undefined) {
        throw new Error(`the gateway exited with ${gone.code}: ${lines.map((it) => it.msg).join(" | ")}`);
      }
      return line;
    },
    READY_TIMEOUT_MS,
  );
}
