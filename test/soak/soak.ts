// How is a gateway soaked? In windows of calls on all its faces with everything around them coming and going; after each
// window all comes to rest, and the gateway's own process says what it still holds.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createScope, type Scope } from "#lib/scope.ts";
import { descendantsOf } from "#upstream/stdio/proc-fs.ts";
import { startGateway, type TestGateway, until } from "../kit.ts";
import { isUp, stdio } from "../recovery-kit.ts";
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
  /**
   * Waited before the first reading, in milliseconds, and at most before each other one that finds more open than the first:
   * connections to HTTP servers are kept for 4 s and those to the database for 10 s, more or fewer each time.
   */
  readonly restMs: number;
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
const SERVERS = ["http", "stdio", "modern", "hold-http", "hold-stdio", "flaky-http", "flaky-stdio"] as const;
const UP_LIMIT_MS = 60_000;
const READING_LIMIT_MS = 60_000;

interface Site {
  readonly gateway: TestGateway;
  readonly flaky: FlakyServer;
  /** The gateway appends a line to it for each reading. */
  readonly file: string;
  readonly churn: Churn;
  steps: number;
  calls: number;
  /** How often the gateway was asked what it holds. */
  asked: number;
}

/** Rejects at the first wrong answer. */
export async function soak({ calls, leak, restMs }: SoakPlan): Promise<Soaked> {
  const scope = createScope();
  try {
    const site = await openSite(scope, leak);
    const callers = Array.from({ length: WORKERS }, () =>
      scope.own(createCaller(site.gateway), (caller) => caller.close()),
    );
    const readings: Reading[] = [];
    for (let window = 1; window <= WINDOWS; window++) {
      await Promise.all(callers.map((caller) => work(site, caller, (calls * window) / WINDOWS)));
      readings.push(await readAtRest(site, readings[0], restMs));
    }
    const bad = site.gateway.lines.filter(({ level }) => level === "error" || level === "fatal");
    return { readings, churn: site.churn, complaints: bad.map(({ msg }) => msg) };
  } finally {
    await scope.close();
  }
}

async function openSite(scope: Scope, leak: boolean): Promise<Site> {
  const made = await mkdtemp(join(tmpdir(), "omni2-soak-"));
  const file = join(
    scope.own(made, (folder) => rm(folder, { recursive: true, force: true })),
    "readings",
  );
  const start = async (...upstream: [string, ...string[]]): Promise<{ url: string }> => {
    const { url } = scope.own(await startUpstream(...upstream), (server) => server.stop());
    return { url };
  };
  const flaky = scope.own(await startFlaky(), (server) => server.stop());
  const servers: Record<(typeof SERVERS)[number], object> = {
    http: await start("../soak/upstream.ts"),
    modern: await start("modern-echo.ts"),
    "hold-http": await start("holding.ts", "--http"),
    "flaky-http": { url: flaky.url },
    "hold-stdio": stdio("holding.ts"),
    stdio: benchStdio(),
    "flaky-stdio": benchStdio(),
  };
  const query = new URLSearchParams({ file, ...(leak ? { leak: "" } : {}) });
  const nodeArgs = ["--expose-gc", "--import", new URL(`probe.ts?${query}`, import.meta.url).href];
  const gateway = scope.own(await startGateway({ servers, nodeArgs }), (it) => it.stop());
  const churn = { sessions: 0, sockets: 0, left: 0, streams: 0, restarts: 0 };
  return { gateway, flaky, file, churn, steps: 0, calls: 0, asked: 0 };
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
  if (step % EVERY.socket === 0 && (await socketLife(gateway, step / EVERY.socket))) churn.sockets += 1;
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

const LOOK_EVERY_MS = 1_000;

/** Waits until nothing is under way any more, and no more is open than at first or `restMs` are over. */
async function readAtRest(site: Site, first: Reading | undefined, restMs: number): Promise<Reading> {
  // One after the other, so that as many connections of our own are open each time.
  for (const server of SERVERS) await until(`${server} is up`, () => isUp(site.gateway, server), UP_LIMIT_MS);
  if (first === undefined) await sleep(restMs);
  for (let rested = LOOK_EVERY_MS; ; rested += LOOK_EVERY_MS) {
    const reading = await read(site);
    const more = first !== undefined && (reading.timers > first.timers || reading.fds > first.fds);
    if (!more || rested > restMs) return reading;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Asks the gateway what it holds. */
async function read(site: Site): Promise<Reading> {
  const { gateway, file, calls } = site;
  const line = site.asked++;
  process.kill(gateway.pid, "SIGUSR2");
  const text = await until(
    `reading ${line + 1} is written`,
    async () => (await readFile(file, "utf8").catch(() => "")).split("\n").slice(0, -1)[line],
    READING_LIMIT_MS,
  );
  const children = descendantsOf(gateway.pid).length;
  return { ...(JSON.parse(text) as Omit<Reading, "calls" | "children">), calls, children };
}
