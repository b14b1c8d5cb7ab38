// What do tests that end a gateway need to know? Which processes were its own, what it had promised, and what it had seen.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { systemWorld } from "#lib/world.ts";
import { openEmbeddedSource } from "#store/source.ts";
import { OWNER_VARIABLE } from "#upstream/stdio/leftovers.ts";
import { descendantsOf, processesWith, startTimeOf } from "#upstream/stdio/proc-fs.ts";
import type { TestGateway } from "./kit.ts";
import { modernCall, restCall } from "./recovery-kit.ts";
import { query } from "./store-kit.ts";

/** Every process of a gateway, as `pid start-time`, so that a reused pid is not taken for one of them. */
export const processesOf = (gateway: TestGateway): string[] =>
  descendantsOf(gateway.pid).map((pid) => `${pid} ${startTimeOf(pid)}`);

/** Those of the given processes that still run, and whatever else carries the gateway's mark: pids and commands. */
export function survivors(gateway: TestGateway, processes: readonly string[]): string[] {
  const marked = processesWith(OWNER_VARIABLE).filter(({ value }) => value.split(":")[1] === String(gateway.pid));
  const left = processes.filter((entry) => startTimeOf(Number(entry.split(" ")[0])) === entry.split(" ")[1]);
  const pids = new Set([...left.map((entry) => Number(entry.split(" ")[0])), ...marked.map(({ pid }) => pid)]);
  return [...pids].map((pid) => `${pid} ${commandOf(pid)}`);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "that ended meanwhile";
  }
}

/** Chance that can be had again: mulberry32. Answers numbers in [0, 1). */
export function createDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Load {
  /** Names of the definitions whose write was answered with success. */
  readonly acknowledged: ReadonlySet<string>;
  /** Calls that were answered with a result. */
  readonly answered: number;
  /** Resolves when the last request has ended, whichever way. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly servers: readonly string[];
  /** A server whose process is killed now and then. */
  readonly victim: string;
  readonly newServer: (n: number) => { readonly name: string };
}

const PAUSE_MS = { call: 5, write: 30, kill: 400 } as const;

/** Calls over REST and MCP, writes of definitions, and a server that keeps dying, until stopped. */
export function startLoad(gateway: TestGateway, options: LoadOptions): Load {
  const acknowledged = new Set<string>();
  const load = { acknowledged, answered: 0 };
  let running = true;
  // What a request meets when its gateway is killed is not looked at: only answers count.
  const repeat = async (pauseMs: number, act: () => Promise<unknown>): Promise<void> => {
    while (running) {
      await act().catch(() => {});
      await sleep(pauseMs);
    }
  };
  let written = 0;
  const write = async (): Promise<void> => {
    const definition = options.newServer(written++);
    const { status } = await gateway.api("POST", "/api/servers", definition);
    if (status >= 200 && status < 300) acknowledged.add(definition.name);
  };
  const kill = async (): Promise<void> => {
    const { pid } = await gateway.server(options.victim);
    if (pid !== null) process.kill(pid, "SIGKILL");
  };
  const loops = options.servers.flatMap((server) => [
    repeat(PAUSE_MS.call, async () => {
      const { status } = await restCall(gateway, { server, tool: "hold", arguments: { ms: 20 } });
      if (status === 200) load.answered += 1;
    }),
    repeat(PAUSE_MS.call, async () => {
      const { result } = await modernCall(gateway, `${server}__hold`, { arguments: { ms: 20 } });
      if (result.isError !== true && result.content !== undefined) load.answered += 1;
    }),
  ]);
  loops.push(repeat(PAUSE_MS.write, write), repeat(PAUSE_MS.kill, kill));
  return Object.assign(load, {
    async stop() {
      running = false;
      await Promise.all(loops);
    },
  });
}

/** Rows of an embedded database that no gateway holds now. */
export async function embeddedRows(dataDir: string, sql: string): Promise<Record<string, unknown>[]> {
  const source = await openEmbeddedSource(dataDir, systemWorld);
  try {
    return await query(await source.locate(), sql);
  } finally {
    await source.close();
  }
}
