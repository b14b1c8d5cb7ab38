// What does a gateway with ten HTTP servers cost before anybody calls it? Memory when idle, and time until it is ready.
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "./figures.ts";
import { type GatewayPlan, startGateway, untilAllUp } from "./gateway.ts";
import { until } from "./until.ts";
import { rssBytes } from "./usage.ts";

export interface MemoryFigures {
  /** The gateway process alone after the idle time, before any forced collection. */
  readonly rssBytes: number | undefined;
  /** V8 heap in use plus external memory, after a forced collection. */
  readonly heldBytes: number;
  readonly rssAfterCollectionBytes: number;
}

export interface StartFigures {
  readonly cold: StartTimes;
  /** Medians of several starts on the same data directory. */
  readonly warm: StartTimes;
}

export interface StartTimes {
  /** As the ready line says. */
  readonly startMs: number;
  /** From our spawn to the ready line. */
  readonly readyMs: number;
  /** From our spawn until every server is up. */
  readonly allUpMs: number;
}

export interface Ground {
  /** A folder of the benchmark's own; emptied by the caller. */
  readonly folder: string;
  /** Ten endpoints. */
  readonly urls: readonly string[];
}

const IDLE_MS = 5_000;
const WARM_STARTS = 3;

export async function measureMemory(ground: Ground): Promise<MemoryFigures> {
  const plan = await planIn(ground, "memory");
  const memoryFile = path.join(plan.folder, "memory.json");
  const gateway = await startGateway({ ...plan, memoryFile });
  try {
    await untilAllUp(gateway);
    await sleep(IDLE_MS);
    const idle = rssBytes(gateway.pid);
    gateway.signalMemory();
    let usage: NodeJS.MemoryUsage | undefined;
    await until("the gateway has written its memory figures", async () => {
      usage = JSON.parse(await readFile(memoryFile, "utf8")) as NodeJS.MemoryUsage;
      return true;
    });
    const { heapUsed, external, rss } = usage as unknown as NodeJS.MemoryUsage;
    return { rssBytes: idle, heldBytes: heapUsed + external, rssAfterCollectionBytes: rss };
  } finally {
    await gateway.stop();
  }
}

export async function measureStart(ground: Ground): Promise<StartFigures> {
  const plan = await planIn(ground, "start");
  const cold = await timeStart(plan);
  const warm: StartTimes[] = [];
  for (let i = 0; i < WARM_STARTS; i++) warm.push(await timeStart(plan));
  const middle = (pick: (times: StartTimes) => number): number => median(warm.map(pick));
  return {
    cold,
    warm: {
      startMs: middle((times) => times.startMs),
      readyMs: middle((times) => times.readyMs),
      allUpMs: middle((times) => times.allUpMs),
    },
  };
}

async function timeStart(plan: GatewayPlan): Promise<StartTimes> {
  const gateway = await startGateway(plan);
  try {
    const { startMs, readyMs } = gateway;
    return { startMs, readyMs, allUpMs: readyMs + (await untilAllUp(gateway)) };
  } finally {
    await gateway.stop();
  }
}

async function planIn(ground: Ground, name: string): Promise<GatewayPlan> {
  const folder = path.join(ground.folder, name);
  await mkdir(folder);
  const servers = Object.fromEntries(ground.urls.map((url, i) => [`server-${i + 1}`, { url: `${url}/mcp` }]));
  return { folder, servers };
}
