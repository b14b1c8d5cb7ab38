// What does a gateway still know about its breakers after a crash, and when does it give a server up? In the classic preset,
// whose open times know no chance.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { ServerView } from "../src/contract/upstream.ts";
import { FAILURES, LONG, logged } from "./breaker-kit.ts";
import { embeddedRows } from "./kills-kit.ts";
import { type GatewayOptions, startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, faultIn, isUp, modernCall, type Watcher, watch } from "./recovery-kit.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";
import { type Diary, openDiary } from "./upstreams/witness-diary.ts";

/** How far what was kept may be from what was shown, in milliseconds. */
const TOLERANCE_MS = 50;
const FIRST_OPEN_MS = 300;

let diary: Diary;
let face: RunningServer;
let folder: string;
let gateway: TestGateway;
let live: Watcher;

function options(): GatewayOptions {
  const remote = (name: string, breaker?: object) => ({
    type: "http",
    url: `${face.url}/${name}`,
    ...(breaker === undefined ? {} : { breaker }),
  });
  const servers = {
    open: remote("open", LONG),
    late: remote("late", LONG),
    isolated: remote("isolated"),
    disabled: remote("disabled"),
    doubling: remote("doubling", { openMs: FIRST_OPEN_MS, maxOpenMs: 60_000, autoDisableAfterCycles: 0 }),
    hopeless: remote("hopeless", { openMs: 200, maxOpenMs: 200 }),
  };
  return { folder, servers, omni2: { preset: "classic" } };
}

before(async () => {
  diary = openDiary();
  [face, folder] = await Promise.all([
    startUpstream("witness.ts", "--http", "--folder", diary.folder),
    mkdtemp(join(tmpdir(), "omni2-breaker-")),
  ]);
  gateway = await startGateway(options());
  await allUp(gateway, Object.keys(options().servers));
  live = await watch(gateway);
});

after(async () => {
  live?.close();
  await gateway?.stop();
  await face?.stop();
  diary?.remove();
  await rm(folder, { recursive: true, force: true });
});

const call = (server: string) => modernCall(gateway, `${server}__add_one`);

/** Lets all that is asked of it fail from now on, and calls until its breaker opens. */
async function fail(server: string): Promise<void> {
  diary.order(server, "all status 500");
  for (let n = 0; n < FAILURES; n++) await call(server);
  await until("it is open", async () => (await gateway.server(server)).circuitState !== "closed");
}

const openings = (server: string) =>
  live.of("circuit_breaker_state").filter(({ data }) => data.name === server && data.new_state === "open");

describe("a server whose trials fail", () => {
  it("is left alone twice as long after each of them", async () => {
    await fail("doubling");
    await until("two trials have failed", () => openings("doubling").length >= 3);
    const frames = openings("doubling").slice(0, 3);
    for (const [at, { data, ts }] of frames.entries()) {
      const wholeMs = FIRST_OPEN_MS * 2 ** at;
      assert.ok(Math.abs((data.retry_after_ms ?? 0) - wholeMs) <= TOLERANCE_MS, `${data.retry_after_ms} ms`);
      const next = frames[at + 1];
      if (next !== undefined) assert.ok(next.ts - ts >= wholeMs - 2, `tried again after ${next.ts - ts} ms`);
    }
    diary.order("doubling", "");
  });

  it("is given up after three failed cycles in a row, and everybody is told why", async () => {
    await fail("hopeless");
    const { data } = await until("it is given up", () =>
      live.of("mcp_auto_disabled").find((frame) => frame.data.name === "hopeless"),
    );
    assert.equal(data.cycles, 3);
    assert.equal(data.severity, "critical");
    assert.equal(data.reason, "3 failed cycles in a row: a trial failed");
    assert.equal(openings("hopeless").length, 3);
    const view = await gateway.server("hopeless");
    assert.equal(view.enabled, false);
    assert.equal(view.status, "paused");
    assert.notEqual(view.autoDisabledAt, null);
    const before = diary.requests("hopeless");
    assert.equal(faultIn((await call("hopeless")).result)?.server, "hopeless");
    assert.equal(diary.requests("hopeless"), before);
    await logged(gateway, "hopeless", "auto_disabled");
    live.assertSound();
  });
});

describe("after kill -9 and a restart", () => {
  let old: ServerView;

  before(async () => {
    await fail("open");
    await fail("late");
    diary.order("open", "");
    await gateway.api("POST", "/api/servers/isolated/isolate");
    await gateway.api("POST", "/api/servers/disabled/disable");
    for (const server of ["open", "late"]) await logged(gateway, server, "circuit_open");
    await logged(gateway, "isolated", "circuit_isolated");
    await logged(gateway, "disabled", "disabled");
    old = await gateway.server("open");
    live.close();
    await gateway.end("SIGKILL");
  });

  it("the database tells the state of the moment before", async () => {
    const sql = `select name, circuit_state, failure_cycle_count, auto_disabled_reason,
        extract(epoch from circuit_retry_at) * 1000 as retry_at, extract(epoch from auto_disabled_at) * 1000 as disabled_at
      from omni2.mcp_servers where name in ('hopeless', 'isolated', 'open') order by name`;
    const [hopeless, isolated, open] = await embeddedRows(join(folder, "data"), sql);
    assert.equal(open?.circuit_state, "open");
    assert.equal(open?.failure_cycle_count, old.failureCycles);
    assert.ok(Math.abs(Number(open?.retry_at) - Number(old.circuitRetryAt)) <= TOLERANCE_MS);
    assert.equal(isolated?.circuit_state, "isolated");
    assert.equal(hopeless?.auto_disabled_reason, "3 failed cycles in a row: a trial failed");
    assert.ok(Number(hopeless?.disabled_at) > 0);
  });

  it("an open breaker is as it was, and the server is not called", async () => {
    diary.order("late", "all slow 4000");
    const before = diary.calls("open");
    gateway = await startGateway(options());
    live = await watch(gateway);
    const now = await gateway.server("open");
    assert.equal(now.circuitState, "open");
    assert.equal(now.failureCycles, old.failureCycles);
    assert.ok(Math.abs(Number(now.circuitRetryAt) - Number(old.circuitRetryAt)) <= TOLERANCE_MS);
    for (let n = 0; n < 20; n++) assert.equal(faultIn((await call("open")).result)?.code, "BREAKER_OPEN");
    assert.equal(diary.calls("open"), before);
  });

  it("an open breaker stays so when its server is reached late", async () => {
    await until("it is reached", async () => (await gateway.server("late")).link === "connected");
    assert.equal((await gateway.server("late")).circuitState, "open");
  });

  it("what was taken out of service stays out, by whomever and in whichever way", async () => {
    const seen = () => [diary.calls("isolated"), diary.requests("disabled"), diary.requests("hopeless")];
    const before = seen();
    assert.equal((await gateway.server("isolated")).circuitState, "isolated");
    assert.equal(faultIn((await call("isolated")).result)?.code, "BREAKER_OPEN");
    for (const server of ["disabled", "hopeless"]) {
      assert.equal((await gateway.server(server)).enabled, false);
      assert.equal((await call(server)).result.isError, true);
    }
    for (const server of ["isolated", "disabled", "hopeless"])
      assert.equal((await gateway.server(server)).status, "paused");
    assert.deepEqual(seen(), before);
  });

  it("a person brings them back", async () => {
    diary.order("hopeless", "");
    await gateway.api("POST", "/api/servers/isolated/release");
    for (const server of ["disabled", "hopeless"]) await gateway.api("POST", `/api/servers/${server}/enable`);
    for (const server of ["isolated", "disabled", "hopeless"]) {
      await until(`${server} is up`, () => isUp(gateway, server));
      assert.equal((await call(server)).result.content[0].text, "ok");
    }
    const { autoDisabledAt, circuitState, failureCycles } = await gateway.server("hopeless");
    assert.deepEqual(
      { autoDisabledAt, circuitState, failureCycles },
      { autoDisabledAt: null, circuitState: "closed", failureCycles: 0 },
    );
  });
});
