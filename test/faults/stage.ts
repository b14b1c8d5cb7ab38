// On which stage are faults played? One gateway, a healthy neighbour of each transport under steady load, one process of faulty
// HTTP servers, and a watcher of the live feed.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { startGateway, type TestGateway, until } from "../kit.ts";
import { type Received, send } from "../raw.ts";
import { allUp, type Watcher, watch } from "../recovery-kit.ts";
import { type FaultFolder, openFaultFolder } from "../upstreams/faulty-modes.ts";
import { type RunningServer, startUpstream, upstreamFile } from "../upstreams/start.ts";
import { type Caller, openCaller } from "./caller.ts";
import { type Chronicle, openChronicle } from "./chronicle.ts";

/** Streamable HTTP counts twice: with sessions, and in the modern era. */
export const TRANSPORTS = ["stdio", "http", "modern", "sse"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Everything quick, so that a fault, its discovery and the recovery from it fit into seconds. */
export const QUICK = {
  timeoutMs: 1_500,
  health: { intervalMs: 1_000, timeoutMs: 500, startTimeoutMs: 6_000 },
  breaker: { failures: 5, openMs: 500, maxOpenMs: 1_000 },
} as const;

export interface Place {
  readonly folder: FaultFolder;
  /** The process of the HTTP faces. */
  readonly face: { readonly url: string };
}

const FACE_PATH = { http: "mcp", modern: "modern", sse: "sse" } as const;

/** An entry of the configuration for a faulty server of this name and transport. */
export function faultyEntry(name: string, transport: Transport, { folder, face }: Place): Record<string, unknown> {
  if (transport === "stdio") {
    const args = [upstreamFile("faulty.ts"), "--folder", folder.path, "--name", name];
    return { ...QUICK, command: process.execPath, args };
  }
  const type = transport === "sse" ? "sse" : "http";
  return { ...QUICK, type, url: `${face.url}/${name}/${FACE_PATH[transport]}` };
}

export const startFaces = (folder: FaultFolder): Promise<RunningServer> =>
  startUpstream("faulty.ts", "--http", "--folder", folder.path);

export interface Neighbours {
  readonly names: readonly string[];
  /** Waits until each was called once more; fails for every call that went wrong since the last time. */
  assertUnhurt(): Promise<void>;
  stop(): Promise<void>;
}

export interface Stage extends Place {
  readonly gateway: TestGateway;
  readonly watcher: Watcher;
  readonly chronicle: Chronicle;
  readonly caller: Caller;
  readonly neighbours: Neighbours;
  /** What its configuration file says. */
  readonly document: { readonly mcpServers: object; readonly omni2: object };
  close(): Promise<void>;
}

const PAUSE_MS = 100;
/** Patient, because a busy machine is not what is tested. */
const NEIGHBOUR = { timeoutMs: 5_000, health: { intervalMs: 1_000, timeoutMs: 3_000 } };

function busyNeighbours(caller: Caller, names: readonly string[]): Neighbours {
  let running = true;
  const calls = new Map<string, number>();
  let wrong: string[] = [];
  const visit = async (server: string): Promise<void> => {
    for (let n = 0; running; n++) {
      const message = `${server} ${n}`;
      try {
        const args = { message };
        const answer = await caller.call({ server, tool: "echo", arguments: args, limitMs: NEIGHBOUR.timeoutMs });
        if (answer.text !== message) wrong.push(`${server}: ${answer.code} ${answer.text}`);
      } catch (error) {
        wrong.push(`${server}: ${String(error)}`);
      }
      calls.set(server, n);
      await sleep(PAUSE_MS);
    }
  };
  const visits = names.map(visit);
  return {
    names,
    async assertUnhurt() {
      const before = new Map(calls);
      const all = (): boolean => names.every((name) => (calls.get(name) ?? 0) > (before.get(name) ?? 0));
      await until("every neighbour was called once more", all);
      const seen = wrong;
      wrong = [];
      assert.deepEqual(seen, [], "calls of the neighbours");
    },
    async stop() {
      running = false;
      await Promise.all(visits);
    },
  };
}

/** Answers of REST routes with the admin token, each over a connection of its own, so that none is left at the gateway. */
export async function api(gateway: TestGateway, request: string, body?: unknown): Promise<Received> {
  const [method = "GET", path = ""] = request.split(" ");
  const headers = { authorization: `Bearer ${gateway.token}` };
  return send(gateway.url, { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

/** Starts everything and resolves once the neighbours are up. */
export async function openStage(): Promise<Stage> {
  const folder = openFaultFolder();
  const face = await startFaces(folder);
  const names = TRANSPORTS.map((transport) => `well-${transport}`);
  // Of their own, so that a faulty server's work does not hold them up.
  const neighbourFace = await startFaces(folder);
  const entries = names.map((name, at) => {
    const place = { folder, face: neighbourFace };
    return [name, { ...faultyEntry(name, TRANSPORTS[at] ?? "stdio", place), ...NEIGHBOUR }] as const;
  });
  const servers = Object.fromEntries(entries);
  const omni2 = { access: { allowCommands: true } };
  const gateway = await startGateway({ servers, omni2 });
  await allUp(gateway, names);
  const watcher = await watch(gateway);
  const chronicle = openChronicle(gateway, watcher.frames[0]?.seq ?? 0);
  const caller = await openCaller(gateway);
  const neighbours = busyNeighbours(caller, names);
  return {
    document: { mcpServers: servers, omni2 },
    folder,
    face,
    gateway,
    watcher,
    chronicle,
    caller,
    neighbours,
    async close() {
      await neighbours.stop();
      watcher.close();
      await chronicle.close();
      await gateway.stop();
      await Promise.all([face.stop(), neighbourFace.stop()]);
      folder.remove();
    },
  };
}
