// What do forty-nine healthy servers notice of a fiftieth that is in trouble? Load runs on the healthy ones while a few calls a
// second go to the other one; each of its faults is measured beside the same server in good order, window after window.
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Pool } from "undici";
import type { Scope } from "#lib/scope.ts";
import { FAULTS, type Way } from "./faulty.ts";
import { median } from "./figures.ts";
import type { Ground } from "./footprint.ts";
import { type Gateway, startGateway, untilAllUp } from "./gateway.ts";
import type { LoadJob, LoadReport } from "./load.ts";
import { type FaultyServer, type Load, startFaulty, startServer } from "./processes.ts";
import type { Rounds } from "./traffic.ts";
import { until } from "./until.ts";

export interface NeighbourFigures {
  readonly fault: (typeof FAULTS)[number];
  /** Of the healthy servers' calls, milliseconds: medians over the rounds. */
  readonly calmP95Ms: number;
  readonly p95Ms: number;
  /** Taken within a round, then the median. */
  readonly p95Ratio: number;
  readonly perSecondRatio: number;
  /** Processor time of OMNI2 per call of a healthy server, which does not depend on who else uses the machine; NaN where it is not told. */
  readonly cpuRatio: number;
  /** Of the healthy servers, beside the fault. */
  readonly calls: number;
  /** Share of the calls to the server in trouble that got no result in the window; 0 would mean that the fault had no effect. */
  readonly lostShare: number;
}

/** Both sides of one window. */
interface Window {
  readonly healthy: LoadReport;
  readonly lostShare: number;
}

/** A window with a fault, and those with the same server in good order before and after it. */
export interface Sandwich {
  readonly calm: readonly [before: LoadReport, after: LoadReport];
  readonly trouble: Window;
}

const HEALTHY = 49;
const TROUBLE = "trouble";
/** Calls a second to the server in trouble, and how many of them may wait for an answer. */
const TROUBLE_RATE = 50;
const TROUBLE_IN_FLIGHT = 256;
/** Long enough for a fault to have its first effects. */
const WARM_SECONDS = 0.5;

interface Street {
  readonly gateway: Gateway;
  readonly faulty: FaultyServer;
  readonly job: LoadJob;
  readonly token: string;
}

/** Rejects at the first wrong answer of a healthy server. */
export async function measureNeighbours(
  scope: Scope,
  load: Load,
  plan: Rounds & Pick<Ground, "folder">,
): Promise<NeighbourFigures[]> {
  const street = await openStreet(scope, plan);
  await load.run(street.job);
  const rounds = FAULTS.map((): Sandwich[] => []);
  for (let round = 0; round < plan.rounds; round++) {
    let before = (await measure(street, load, "serves")).healthy;
    for (const [f, fault] of FAULTS.entries()) {
      const trouble = await measure(street, load, fault);
      const after = (await measure(street, load, "serves")).healthy;
      rounds[f]?.push({ calm: [before, after], trouble });
      before = after;
    }
  }
  return FAULTS.map((fault, f) => figuresOf(fault, rounds[f] ?? []));
}

async function openStreet(scope: Scope, { folder: parent, seconds }: Rounds & Pick<Ground, "folder">): Promise<Street> {
  const folder = path.join(parent, "neighbours");
  await mkdir(folder);
  const faulty = await startFaulty(scope);
  const { urls } = await startServer(scope, "upstream.ts", ["--count", String(HEALTHY)]);
  const names = urls.map((_, i) => `healthy-${i + 1}`);
  const servers = Object.fromEntries(names.map((name, i) => [name, { url: `${urls[i]}/mcp` }]));
  const gateway = await startGateway({ folder, servers: { ...servers, [TROUBLE]: { url: `${faulty.url}/mcp` } } });
  scope.own(gateway, () => gateway.stop());
  await untilAllUp(gateway);
  const [url = "", ...others] = names.map((name) => new URL(`/mcp/${name}`, gateway.url).href);
  const job = {
    url,
    others,
    tool: "echo",
    bytes: 0,
    sessions: HEALTHY,
    warmSeconds: WARM_SECONDS,
    seconds,
    watchPid: gateway.pid,
  };
  const token = (await readFile(path.join(folder, "data", "admin-token"), "utf8")).trim();
  return { gateway, faulty, job, token };
}

async function measure(street: Street, load: Load, way: Way): Promise<Window> {
  await street.faulty.become(way);
  if (way === "serves") await recover(street);
  const caller = callTrouble(street.gateway);
  try {
    const healthy = await load.run(street.job);
    return { healthy, lostShare: 1 - caller.served / caller.asked };
  } finally {
    await caller.stop();
  }
}

/** Every window begins with the server in good order and its circuit closed, as if its last fault were long past. */
async function recover({ gateway, token }: Street): Promise<void> {
  const ask = async (method: string, verb: string): Promise<{ status?: string; circuitState?: string }> => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(new URL(`/api/servers/${TROUBLE}${verb}`, gateway.url), { method, headers })).json() as object;
  };
  await ask("POST", "/reset-breaker");
  await ask("POST", "/reconnect");
  await until(`${TROUBLE} is up again`, async () => {
    const { status, circuitState } = await ask("GET", "");
    return status === "up" && circuitState === "closed";
  });
}

interface Caller {
  readonly asked: number;
  readonly served: number;
  stop(): Promise<void>;
}

/** Calls it at a fixed rate, whatever it answers. */
function callTrouble(gateway: Gateway): Caller {
  const pool = new Pool(gateway.url, { connections: TROUBLE_IN_FLIGHT, pipelining: 1 });
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "echo", arguments: { message: MESSAGE }, _meta: MODERN_META },
  });
  const caller = { asked: 0, served: 0 };
  let waiting = 0;
  const call = async (): Promise<void> => {
    const answer = await pool.request({ path: `/mcp/${TROUBLE}`, method: "POST", headers: MODERN_HEADERS, body });
    if ((await answer.body.text()).includes(MESSAGE)) caller.served += 1;
  };
  const timer = setInterval(() => {
    if (waiting >= TROUBLE_IN_FLIGHT) return;
    waiting += 1;
    caller.asked += 1;
    // Those that wait when the window ends are cut off.
    call()
      .catch(() => {})
      .finally(() => (waiting -= 1));
  }, 1_000 / TROUBLE_RATE);
  return Object.assign(caller, {
    stop() {
      clearInterval(timer);
      return pool.destroy();
    },
  });
}

const MESSAGE = "are you there?";
const MODERN_VERSION = "2026-07-28";
const MODERN_META = {
  "io.modelcontextprotocol/protocolVersion": MODERN_VERSION,
  "io.modelcontextprotocol/clientCapabilities": {},
};
const MODERN_HEADERS = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  "mcp-protocol-version": MODERN_VERSION,
  "mcp-method": "tools/call",
  "mcp-name": "echo",
};

type Figure = "p95Ms" | "perSecond" | "cpuMicrosPerCall";

const figure = (report: LoadReport, key: Figure): number => report[key] ?? Number.NaN;

/** Medians of one fault's rounds. */
export function figuresOf(fault: NeighbourFigures["fault"], rounds: readonly Sandwich[]): NeighbourFigures {
  const middle = (pick: (round: Sandwich) => number): number => median(rounds.map(pick));
  const calm = ({ calm: [before, after] }: Sandwich, key: Figure): number =>
    (figure(before, key) + figure(after, key)) / 2;
  const ratio = (key: Figure): number => middle((round) => figure(round.trouble.healthy, key) / calm(round, key));
  return {
    fault,
    calmP95Ms: middle((round) => calm(round, "p95Ms")),
    p95Ms: middle(({ trouble }) => trouble.healthy.p95Ms),
    p95Ratio: ratio("p95Ms"),
    perSecondRatio: ratio("perSecond"),
    cpuRatio: ratio("cpuMicrosPerCall"),
    calls: rounds.reduce((sum, { trouble }) => sum + trouble.healthy.calls, 0),
    lostShare: middle(({ trouble }) => trouble.lostShare),
  };
}
