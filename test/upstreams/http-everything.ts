// How do tests get the published reference server over HTTP? As a child process on a free port, stopped by its handle.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);

export interface EverythingServer {
  /** Ends in /mcp for Streamable HTTP, in /sse for HTTP+SSE. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts server-everything; pass the port of an earlier one to take its place. */
export async function startEverything(mode: "streamableHttp" | "sse", port?: number): Promise<EverythingServer> {
  const chosen = port ?? (await freePort());
  const child = spawn(process.execPath, [PROGRAM, mode], {
    env: { ...process.env, PORT: String(chosen) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  await listening(child);
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { url: `http://localhost:${chosen}/${mode === "sse" ? "sse" : "mcp"}`, port: chosen, stop };
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("exit", (code) => reject(new Error(`server-everything exited with ${code}: ${text}`)));
    child.stderr?.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4000);
      if (/listening on port|running on port/i.test(text)) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
