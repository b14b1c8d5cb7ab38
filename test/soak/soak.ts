// How is a gateway soaked? In windows of calls on all its faces with everything around them coming and going; after each
// window all comes to rest, and the gateway's own process says what it still holds.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { descendantsOf } from "#upstream/stdio/proc-fs.ts";
import { startGateway, type TestGateway, until } from "../kit.ts";
import { allUp, stdio } from "../recovery-kit.ts";
import { startUpstream } from "../upstreams/start.ts";
import { type Caller, createCaller, legacyLife } from "./callers.ts";
import {
  benchStdio,
  type FlakyServer,
  killProcess,
  leaveMidCall,
  socketLife,
  startFlaky,
  streamLife,
} from "./churn.ts";
import type { Reading } from "./verdict.ts";

export interface SoakPlan {
  readonly calls: number;
  /** Keeps 64 bytes of every HTTP request in the gateway. */
  readonly leak: boolean;
}

/** How often what happened, beside the calls. */
export interface Churn {
  sessions: number;
  sockets: number;
  left: number;
  streams: number;
  restarts: number;
}

export interface Soaked {
  /** One per window. */
  readonly readings: readonly Reading[];
  readonly churn: Readonly<Churn>;
  /** Lines of level error and above. */
  readonly complaints: readonly string[];
}

const WINDOWS = 10;
const WORKERS = 12;
const SESSION_CALLS = 3;
/** In so many steps one socket, one client that leaves, and one server that is killed. */
const EVERY = { socket: 75, leave: 150, restart: 4_000 } as const;
const REST_LIMIT_MS = 60_000;

interface Site {
  readonly gateway: TestGateway;
  readonly flaky: FlakyServer;
  readonly churn: Churn;
  steps: number;
  calls: number;
}

/** Rejects at the first wrong answer. */
export async function soak(plan: SoakPlan): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), "omni2-soak-"));
  const file = join(folder, "readings");
  const flaky = await startFlaky();
  const steady = await Promise.all([
    startUpstream("../soak/upstream.ts"),
    startUpstream("modern-echo.ts"),
    startUpstream("holding.ts", "--http"),
  ]);
  const [http, modern, holding] = steady.map(({ url }) => ({ url }));
  const probe = new URL(
    `probe.ts?${new URLSearchParams({ file, ...(plan.leak ? { leak: "" } : {}) })}`,
    import.meta.url,
  );
  const gateway = await startGateway({
    servers: {
      ...{ http: http ?? {}, modern: modern ?? {}, "hold-http": holding ?? {}, "hold-stdio": stdio("holding.ts") },
      ...{ stdio: benchStdio(), "flaky-http": { url: flaky.url }, "flaky-stdio": benchStdio() },
    },
    nodeArgs: ["--expose-gc", "--import", probe.href],
  });
  const site: Site = {
    gateway,
    flaky,
    churn: { sessions: 0, sockets: 0, left: 0, streams: 0, restarts: 0 },
    steps: 0,
    calls: 0,
  };
  const callers = Array.from({ length: WORKERS }, () => createCaller(gateway));
  try {
    const readings: Reading[] = [];
    for (let window = 1; window <= WINDOWS; window++) {
      const until = (plan.calls * window) / WINDOWS;
      await Promise.all(callers.map((caller) => work(site, caller, until)));
      readings.push(await read(site, file, window));
    }
    const complaints = gateway.lines
      .filter(({ level }) => level === "error" || level === "fatal")
      .map(({ msg }) => msg);
    return { readings, churn: site.churn, complaints };
  } finally {
    await Promise.all(callers.map((caller) => caller.close()));
    await gateway.stop();
    await Promise.all([flaky, ...steady].map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

type Step = (site: Site, caller: Caller) => Promise<void>;

const modern =
  (server: string): Step =>
  (_site, caller) =>
    caller.modern(server);
const rest =
  (server: string): Step =>
  (_site, caller) =>
    caller.rest(server);
const session =
  (server: string): Step =>
  async (site) => {
    await legacyLife(site.gateway, server, SESSION_CALLS);
    site.calls += SESSION_CALLS - 1;
    site.churn.sessions += 1;
  };

/** One after another, over and over: 23 calls of 17 steps. */
const STEPS: readonly Step[] = [
  ...[modern("http"), rest("stdio"), session("http"), modern("stdio"), rest("http"), modern("http")],
  ...[modern("stdio"), session("stdio"), modern("modern"), modern("http"), rest("stdio"), modern("flaky-http")],
  ...[rest("flaky-stdio"), session("http"), modern("flaky-stdio"), rest("flaky-http"), modern("stdio")],
];

async function work(site: Site, caller: Caller, untilCalls: number): Promise<void> {
  while (site.calls < untilCalls) {
    const step = site.steps++;
    site.calls += 1;
    await (STEPS[step % STEPS.length] as Step)(site, caller);
    await churn(site, step);
  }
}

async function churn({ gateway, flaky, churn }: Site, step: number): Promise<void> {
  if (step % EVERY.socket === 0) await socketLife(gateway, churn.sockets++);
  if (step % EVERY.leave === 1) {
    await leaveMidCall(gateway, churn.left++ % 2 === 0 ? "hold-http" : "hold-stdio");
    await streamLife(gateway);
    churn.streams += 1;
  }
  if (step % EVERY.restart === 2) {
    if (churn.restarts++ % 2 === 0) await flaky.restart();
    else await killProcess(gateway, "flaky-stdio");
  }
}

/** Waits until nothing is under way any more, then asks the gateway what it holds. */
async function read({ gateway, calls }: Site, file: string, window: number): Promise<Reading> {
  await allUp(gateway, ["http", "stdio", "modern", "hold-http", "hold-stdio", "flaky-http", "flaky-stdio"]);
  process.kill(gateway.pid, "SIGUSR2");
  const line = await until(
    `reading ${window} is written`,
    async () => (await readFile(file, "utf8").catch(() => "")).split("\n").filter(Boolean)[window - 1],
    REST_LIMIT_MS,
  );
  return {
    ...(JSON.parse(line) as Omit<Reading, "calls" | "children">),
    calls,
    children: descendantsOf(gateway.pid).length,
  };
}
