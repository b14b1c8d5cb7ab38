// What comes and goes during a soak? Sockets of dashboards, clients that leave in the middle, event streams, whole servers.
import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { TestGateway } from "../kit.ts";
import { JSON_TYPES, modern, openSession, send } from "../raw.ts";
import { type RunningServer, startUpstream, upstreamFile } from "../upstreams/start.ts";

/** A dashboard comes, hears its first frame, and goes, every third one without a word; false when it was sent away at once. */
export async function socketLife(gateway: TestGateway, n: number): Promise<boolean> {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/ws`, {
    headers: { authorization: `Bearer ${gateway.token}` },
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  // A gateway short of time refuses dashboards first, and the collections of a reading take such time.
  const heard = await once(socket, "message").catch((error: Error) => {
    if (!error.message.includes("503")) throw error;
  });
  if (heard === undefined || n % 3 === 0) socket.terminate();
  else socket.close();
  await closed;
  return heard !== undefined;
}

const LONG_CALL_MS = 2_000;
const LEAVE_AFTER_MS = 30;

/** A client of the modern era leaves while its call runs at the server. */
export async function leaveMidCall(gateway: TestGateway, server: string): Promise<void> {
  const params = { name: `${server}__hold`, arguments: { ms: LONG_CALL_MS } };
  const { path, headers, body } = modern("/mcp", { id: 1, method: "tools/call", params });
  await leave(
    request(gateway.url + path, { method: "POST", agent: false, headers: { ...JSON_TYPES, ...headers } }).end(body),
  );
}

/** A legacy session opens its event stream, loses it, and is deleted. */
export async function streamLife(gateway: TestGateway): Promise<void> {
  const headers = { accept: "text/event-stream", "mcp-session-id": await openSession(gateway.url, "/mcp") };
  await leave(request(`${gateway.url}/mcp`, { agent: false, headers }).end());
  await send(gateway.url, { method: "DELETE", path: "/mcp", headers });
}

async function leave(asked: ClientRequest): Promise<void> {
  asked.on("error", () => {});
  const gone = new Promise((resolve) => asked.once("close", resolve));
  await sleep(LEAVE_AFTER_MS);
  asked.destroy();
  await gone;
}

export interface FlakyServer {
  readonly url: string;
  /** Ends it at once and starts it again on its port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFlaky(): Promise<FlakyServer> {
  let running: RunningServer = await startUpstream("../soak/upstream.ts");
  const { url } = running;
  return {
    url,
    async restart() {
      process.kill(running.pid, "SIGKILL");
      running = await startUpstream("../soak/upstream.ts", "--port", new URL(url).port);
    },
    stop: () => running.stop(),
  };
}

/** Kills the process of a stdio server; the gateway has to start it again. */
export async function killProcess(gateway: TestGateway, server: string): Promise<void> {
  const { pid } = await gateway.server(server);
  if (pid !== null) process.kill(pid, "SIGKILL");
}

/** How a stdio server that the benchmark uses is defined. */
export const benchStdio = () => ({
  command: process.execPath,
  args: [upstreamFile("../../bench/upstream-stdio.ts")],
});
