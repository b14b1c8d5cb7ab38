// How does a test start a server of this folder, or a published one, as a child process with a URL, and end it again?
// It ends only what it started, and waits until that is gone.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The absolute path of a file beside this one. */
export const upstreamFile = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Starts a server of this folder and resolves with the URL that it prints. Rejects when it exits first. */
export async function startUpstream(name: string, ...args: string[]): Promise<RunningServer> {
  const child = spawn(process.execPath, [upstreamFile(name), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { url: (JSON.parse(line) as { url: string }).url, pid: child.pid as number, stop: () => end(child) };
  }
  throw new Error(`${name} ended before it printed its URL`);
}

/** Starts a published server that takes its port from the environment variable PORT and says so on stderr. */
export async function startOnPort(script: string, args: readonly string[], path: string): Promise<RunningServer> {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port) };
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  const lines = createInterface({ input: child.stderr });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => line.includes(String(port)) && resolve());
    child.on("exit", (code) => reject(new Error(`${script} ended with ${code} before it listened`)));
  });
  return { url: `http://127.0.0.1:${port}${path}`, pid: child.pid as number, stop: () => end(child) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

const KILL_AFTER_MS = 3_000;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
  await gone;
  clearTimeout(timer);
}
