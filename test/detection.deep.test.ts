// How soon is a failure seen, and how soon is it over? Twenty of each kind, with default settings, on one gateway. Measured by the
// gateway's own events (their wall time) against the moment of the deed, so that this process may be late as it likes.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Frame } from "#contract/event.ts";
import { descendantsOf } from "#upstream/stdio/proc-fs.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, restCall, stdio, type Watcher, watch } from "./recovery-kit.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";
import { type Diary, openDiary } from "./upstreams/witness-diary.ts";

const LIMITS_MS = { hard: 1_000, hangInUse: 33_000, hangIdle: 45_000, restart: 2_000, connect: 1_000 } as const;
const MEMBERS = 5;
const ROUNDS = 4;
const HANGING = 10;
const CALL_EVERY_MS = 100;
/** Kills of one server come no closer, or the restart intensity of its command would be what is measured. */
const ROUND_MS = 9_000;

const numbered = (word: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${word}-${at}`);
const HARD_HTTP = numbered("hard-http", MEMBERS);
const HARD_STDIO = numbered("hard-stdio", MEMBERS);
const HANG = {
  "stdio in use": numbered("used-stdio", HANGING),
  "HTTP in use": numbered("used-http", HANGING),
  "stdio idle": numbered("idle-stdio", HANGING),
  "HTTP idle": numbered("idle-http", HANGING),
} as const;
const HANG_NAMES = Object.values(HANG).flat();

let diary: Diary;
let gateway: TestGateway;
let live: Watcher;
const faces = new Map<string, RunningServer>();
const stoppedPids: number[] = [];

const isHttp = (name: string): boolean => name.includes("http");

before(async () => {
  diary = openDiary();
  for (const name of [...HARD_HTTP, ...HANG_NAMES.filter(isHttp)]) {
    faces.set(name, await startUpstream("witness.ts", "--http", "--folder", diary.folder));
  }
  const entry = (name: string): [string, object] => {
    const face = faces.get(name);
    if (face !== undefined) return [name, { type: "http", url: `${face.url}/${name}` }];
    return [name, stdio("witness.ts", "--name", name, "--folder", diary.folder)];
  };
  const names = [...HARD_HTTP, ...HARD_STDIO, ...HANG_NAMES];
  gateway = await startGateway({ servers: Object.fromEntries(names.map(entry)) });
  await until("all are up", () => allUp(gateway, names), 60_000);
  live = await watch(gateway);
});

after(async () => {
  for (const pid of stoppedPids) signal(pid, "SIGCONT");
  live?.close();
  await gateway?.stop();
  await Promise.all([...faces.values()].map((face) => face.stop()));
  diary?.remove();
});

/** A process that hung may have been ended by the gateway meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

type Of<T extends Frame["type"]> = Extract<Frame, { type: T }>;

const statusFrames = (server: string, from: number): Of<"mcp_status_change">[] =>
  live.frames.slice(from).filter((frame): frame is Of<"mcp_status_change"> => {
    return frame.type === "mcp_status_change" && frame.data.name === server;
  });

/** The first change of this server's status that fits, seen from frame number `from` on. */
const statusChange = (server: string, fits: (status: string) => boolean, at: { from: number; limitMs?: number }) =>
  until(
    `${server} changes`,
    () => statusFrames(server, at.from).find(({ data }) => fits(data.new_status)),
    at.limitMs ?? 30_000,
  );

/** Calls until stopped; how they end is not looked at. */
function use(servers: readonly string[]): () => Promise<void> {
  let running = true;
  const loop = async (server: string): Promise<void> => {
    while (running) {
      const leaving = AbortSignal.timeout(2_000);
      await Promise.race([
        restCall(gateway, { server, tool: "add_one" }).catch(() => {}),
        new Promise((left) => leaving.addEventListener("abort", left)),
      ]);
      await sleep(CALL_EVERY_MS);
    }
  };
  const done = servers.map(loop);
  return async () => {
    running = false;
    await Promise.all(done);
  };
}

interface Spread {
  readonly count: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.map(Math.round).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { count: sorted.length, min: at(0), p50: at(0.5), p95: at(0.95), max: at(1) };
}

interface Outage {
  /** Milliseconds from the kill until its status was no longer up. */
  readonly seen: number;
  /** Milliseconds from the kill until it was up again. */
  readonly served: number;
}

/** Kills the server's process; it comes back by itself. */
async function crash(server: string): Promise<Outage> {
  const from = live.frames.length;
  const { pid } = await gateway.server(server);
  const killedAt = Date.now();
  process.kill(Number(pid), "SIGKILL");
  const gone = await statusChange(server, (status) => status !== "up", { from });
  const back = await statusChange(server, (status) => status === "up", { from: live.frames.indexOf(gone) + 1 });
  return { seen: gone.ts - killedAt, served: back.ts - killedAt };
}

/** Milliseconds that a start of this command takes, from the attempt to the connection, when nothing is wrong. */
async function spawnTime(server: string): Promise<number> {
  const from = live.frames.length;
  await gateway.api("POST", `/api/servers/${server}/reconnect`);
  const at = (type: string) => live.events(server, from).find(({ data }) => data.event_type === type)?.ts;
  const connected = await until("it is connected", () => at("connected"));
  return connected - Number(at("recovery_attempt"));
}

interface Return {
  readonly seen: number;
  /** Milliseconds from the return, or the next attempt that was shown then, to the attempt that was made. */
  readonly waited: number;
  /** Milliseconds of that attempt until it was connected. */
  readonly connect: number;
}

/** Kills an HTTP server, leaves it away for a while, and starts it again. */
async function killAndReturn(server: string, awayMs: number): Promise<Return> {
  const from = live.frames.length;
  const face = faces.get(server) as RunningServer;
  const killedAt = Date.now();
  process.kill(face.pid, "SIGKILL");
  const gone = await statusChange(server, (status) => status !== "up", { from });
  await sleep(awayMs);
  const { port } = new URL(face.url);
  faces.set(server, await startUpstream("witness.ts", "--http", "--folder", diary.folder, "--port", port));
  const returnedAt = Date.now();
  const connected = await until("it is connected", () =>
    live.events(server, from).find(({ data, ts }) => data.event_type === "connected" && ts >= returnedAt - 1_000),
  );
  const events = live.events(server, from);
  const attempt = events.findLast(({ data, ts }) => data.event_type === "recovery_attempt" && ts <= connected.ts);
  const shown = events.findLast(({ data, ts }) => data.event_type === "connect_failed" && ts < Number(attempt?.ts));
  const dueAt = Math.max(returnedAt, shown?.data.server.nextAttemptAt ?? 0);
  const attemptAt = Number(attempt?.ts);
  await statusChange(server, (status) => status === "up", { from: live.frames.indexOf(connected) });
  return { seen: gone.ts - killedAt, waited: attemptAt - dueAt, connect: connected.ts - attemptAt };
}

/** Lets the server's process stand still; answers the milliseconds until its status was down. */
async function hang(server: string, limitMs: number): Promise<number> {
  const from = live.frames.length;
  const pid = faces.get(server)?.pid ?? Number((await gateway.server(server)).pid);
  const stoppedAt = Date.now();
  // A command may run inside of a wrapper.
  for (const one of [pid, ...descendantsOf(pid)]) {
    signal(one, "SIGSTOP");
    stoppedPids.push(one);
  }
  const { ts } = await statusChange(server, (status) => status === "down", { from, limitMs: limitMs + 20_000 });
  return ts - stoppedAt;
}

/** Each member in turn so many times, all members side by side. */
const rounds = async <T>(members: readonly string[], act: (server: string) => Promise<T>): Promise<T[]> => {
  const member = async (server: string, at: number): Promise<T[]> => {
    const results: T[] = [];
    await sleep((at * ROUND_MS) / members.length);
    for (let round = 0; round < ROUNDS; round++) {
      const beganAt = performance.now();
      results.push(await act(server));
      await sleep(Math.max(0, ROUND_MS - (performance.now() - beganAt)));
    }
    return results;
  };
  return (await Promise.all(members.map(member))).flat();
};

/** An idle server is one that nobody used for two probe intervals; then the deeds are spread over the longest interval. */
const QUIET_MS = 25_000;
const SPREAD_MS = 20_000;

describe("with default settings", { concurrency: true, timeout: 240_000 }, () => {
  let stopUse: () => Promise<void>;
  before(() => {
    stopUse = use([...HARD_HTTP, ...HARD_STDIO, ...HANG["stdio in use"], ...HANG["HTTP in use"]]);
  });
  after(() => stopUse());

  it("a stdio server that is killed is seen within a second and serves again within two and its start", async (t) => {
    const spawns: number[] = [];
    for (const server of HARD_STDIO) spawns.push(await spawnTime(server));
    const outages = await rounds(HARD_STDIO, crash);
    const [spawn, seen, served] = [
      spreadOf(spawns),
      spreadOf(outages.map((outage) => outage.seen)),
      spreadOf(outages.map((outage) => outage.served)),
    ];
    t.diagnostic(`start ${JSON.stringify(spawn)}`);
    t.diagnostic(`seen after ${JSON.stringify(seen)}`);
    t.diagnostic(`serving after ${JSON.stringify(served)}`);
    assert.ok(seen.count === MEMBERS * ROUNDS && seen.max <= LIMITS_MS.hard);
    assert.ok(served.p95 <= LIMITS_MS.restart + spawn.p50, `${served.p95} ms`);
  });

  it("an HTTP server that is killed is seen within a second, and serves from the next attempt after its return", async (t) => {
    const returns = await rounds(HARD_HTTP, (server) => killAndReturn(server, 1_000 + Math.random() * 4_000));
    const [seen, waited, connect] = [
      spreadOf(returns.map((one) => one.seen)),
      spreadOf(returns.map((one) => one.waited)),
      spreadOf(returns.map((one) => one.connect)),
    ];
    t.diagnostic(`seen after ${JSON.stringify(seen)}`);
    t.diagnostic(`attempt that brought it back, against the moment shown ${JSON.stringify(waited)}`);
    t.diagnostic(`that attempt took ${JSON.stringify(connect)}`);
    assert.ok(seen.count === MEMBERS * ROUNDS && seen.max <= LIMITS_MS.hard);
    assert.ok(waited.max <= LIMITS_MS.connect && connect.max <= LIMITS_MS.connect);
  });

  for (const [how, names] of Object.entries(HANG)) {
    const limitMs = how.endsWith("idle") ? LIMITS_MS.hangIdle : LIMITS_MS.hangInUse;
    it(`servers that stand still without a word are down within ${limitMs} ms: ${how}`, async (t) => {
      await sleep(QUIET_MS);
      const took = await Promise.all(
        names.map(async (server, at) => {
          await sleep((at * SPREAD_MS) / names.length);
          return hang(server, limitMs);
        }),
      );
      const spread = spreadOf(took);
      t.diagnostic(`${how}: down after ${JSON.stringify(spread)}`);
      assert.ok(spread.count === HANGING && spread.max <= limitMs, `${spread.max} ms`);
    });
  }
});
