// How soon is a failure seen, and how soon is it over? Twenty of each kind, with default settings, on one gateway. Measured by the
// gateway's own events (their wall time) against the moment of the deed, so that this process may be late as it likes.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { descendantsOf } from "#upstream/stdio/proc-fs.ts";
import { signal, spreadOf, statusChange, type Use, use } from "./detection-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, stdio, type Watcher, watch } from "./recovery-kit.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";
import { type Diary, openDiary } from "./upstreams/witness-diary.ts";

const LIMITS_MS = { hard: 1_000, hangInUse: 33_000, hangIdle: 45_000, restart: 2_000, late: 500 } as const;
const MEMBERS = 20;
const HANGING = 10;

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
let inUse: Use;
const faces = new Map<string, RunningServer>();
const stoppedPids: number[] = [];

/** How long this test itself waits, where only the limits below judge. */
const PATIENCE_MS = 30_000;
const isUp = (status: string): boolean => status === "up";
const isNotUp = (status: string): boolean => status !== "up";
const isDown = (status: string): boolean => status === "down";
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

interface Outage {
  /** Milliseconds from the kill until its status was no longer up. */
  readonly seen: number;
  /** Milliseconds from the kill until it was up again. */
  readonly served: number;
  /** Of these, from the attempt until it was connected. */
  readonly start: number;
}

/** Kills the server's process; it comes back by itself. */
async function crash(server: string): Promise<Outage> {
  const from = live.frames.length;
  const { pid } = await gateway.server(server);
  const killedAt = Date.now();
  process.kill(Number(pid), "SIGKILL");
  const gone = await statusChange(live, { server, fits: isNotUp, from, limitMs: PATIENCE_MS });
  const back = await statusChange(live, {
    server,
    fits: isUp,
    from: live.frames.indexOf(gone) + 1,
    limitMs: PATIENCE_MS,
  });
  return { seen: gone.ts - killedAt, served: back.ts - killedAt, start: startTime(server, from) };
}

/** Milliseconds from the last attempt after frame number `from` to the connection that it brought. */
function startTime(server: string, from: number): number {
  const events = live.events(server, from);
  const connected = events.findIndex(({ data }) => data.event_type === "connected");
  const attempt = events.slice(0, connected).findLast(({ data }) => data.event_type === "recovery_attempt");
  return (events[connected]?.ts ?? Number.NaN) - (attempt?.ts ?? Number.NaN);
}

interface Return {
  /** Milliseconds from the first call after the kill until its status was no longer up. */
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
  const gone = await statusChange(live, { server, fits: isNotUp, from, limitMs: PATIENCE_MS });
  await sleep(awayMs);
  const { port } = new URL(face.url);
  faces.set(server, await startUpstream("witness.ts", "--http", "--folder", diary.folder, "--port", port));
  const returnedAt = Date.now();
  const connected = await until(
    "it is connected",
    () => live.events(server, from).find(({ data, ts }) => data.event_type === "connected" && ts >= returnedAt - 1_000),
    PATIENCE_MS,
  );
  const events = live.events(server, from);
  const attempt = events.findLast(({ data, ts }) => data.event_type === "recovery_attempt" && ts <= connected.ts);
  const shown = events.findLast(({ data, ts }) => data.event_type === "connect_failed" && ts < Number(attempt?.ts));
  const dueAt = Math.max(returnedAt, shown?.data.server.nextAttemptAt ?? 0);
  const attemptAt = Number(attempt?.ts);
  await statusChange(live, { server, fits: isUp, from: live.frames.indexOf(connected), limitMs: PATIENCE_MS });
  return {
    seen: gone.ts - inUse.firstCallAt(server, killedAt),
    waited: attemptAt - dueAt,
    connect: connected.ts - attemptAt,
  };
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
  const { ts } = await statusChange(live, { server, fits: isDown, from, limitMs: limitMs + PATIENCE_MS });
  return ts - stoppedAt;
}

/** All of them, one after the other begun. */
const spread = <T>(servers: readonly string[], overMs: number, act: (server: string) => Promise<T>): Promise<T[]> =>
  Promise.all(
    servers.map(async (server, at) => {
      await sleep((at * overMs) / servers.length);
      return act(server);
    }),
  );

/** An idle server is one that nobody used for two probe intervals; then the deeds are spread over the longest interval. */
const QUIET_MS = 25_000;
const SPREAD_MS = 20_000;
/** The crashes are over before anything hangs. */
const CRASHES_MS = 15_000;

describe("with default settings", { concurrency: true, timeout: 240_000 }, () => {
  before(() => {
    inUse = use(gateway, [...HARD_HTTP, ...HARD_STDIO, ...HANG["stdio in use"], ...HANG["HTTP in use"]]);
  });
  after(() => inUse.stop());

  it("a stdio server that is killed is seen within a second and serves again within two and its start", async (t) => {
    const outages = await spread(HARD_STDIO, CRASHES_MS, crash);
    const seen = spreadOf(outages.map((outage) => outage.seen));
    const served = spreadOf(outages.map((outage) => outage.served));
    const start = spreadOf(outages.map((outage) => outage.start));
    t.diagnostic(`seen after ${JSON.stringify(seen)}`);
    t.diagnostic(`serving after ${JSON.stringify(served)}`);
    t.diagnostic(`of these, from the attempt to the connection ${JSON.stringify(start)}`);
    assert.ok(seen.count === MEMBERS && seen.max <= LIMITS_MS.hard, `${seen.max} ms`);
    assert.ok(served.p95 <= LIMITS_MS.restart + start.p50, `${served.p95} ms`);
  });

  it("an HTTP server that is killed is seen within a second, and serves from the next attempt after its return", async (t) => {
    const returns = await spread(HARD_HTTP, CRASHES_MS, (server) =>
      killAndReturn(server, 1_000 + Math.random() * 4_000),
    );
    const [seen, waited, connect] = [
      spreadOf(returns.map((one) => one.seen)),
      spreadOf(returns.map((one) => one.waited)),
      spreadOf(returns.map((one) => one.connect)),
    ];
    t.diagnostic(`seen after ${JSON.stringify(seen)}`);
    t.diagnostic(`attempt that brought it back, against the moment shown ${JSON.stringify(waited)}`);
    t.diagnostic(`its connect took ${JSON.stringify(connect)}`);
    assert.ok(seen.count === MEMBERS && seen.max <= LIMITS_MS.hard, `${seen.max} ms`);
    assert.ok(waited.max <= LIMITS_MS.late, `${waited.max} ms`);
  });

  for (const [how, names] of Object.entries(HANG)) {
    const limitMs = how.endsWith("idle") ? LIMITS_MS.hangIdle : LIMITS_MS.hangInUse;
    it(`servers that stand still without a word are down within ${limitMs} ms: ${how}`, async (t) => {
      await sleep(QUIET_MS);
      const took = spreadOf(await spread(names, SPREAD_MS, (server) => hang(server, limitMs)));
      t.diagnostic(`${how}: down after ${JSON.stringify(took)}`);
      assert.ok(took.count === HANGING && took.max <= limitMs, `${took.max} ms`);
    });
  }
});
