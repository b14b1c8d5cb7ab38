// Do the health log, the live feed and the metrics tell one story? An HTTP server is stopped and started again while calls come
// in: row for row the same events, at the same instants, in the same order.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Frame } from "#contract/event.ts";
import { healthLogOf } from "./breaker-kit.ts";
import { embeddedRows } from "./kills-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, isUp, restCall, type Watcher, watch } from "./recovery-kit.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";
import { type Diary, openDiary } from "./upstreams/witness-diary.ts";

const SERVER = "hero";
const CALL_EVERY_MS = 40;
const LOOK_EVERY_MS = 5;

/** One event, however it was told. */
interface Told {
  readonly ts: number;
  readonly type: string;
  readonly message: string;
}

let diary: Diary;
let face: RunningServer;
let folder: string;
let gateway: TestGateway;
let live: Watcher;
let metrics: MetricsReader;

before(async () => {
  diary = openDiary();
  folder = await mkdtemp(join(tmpdir(), "omni2-story-"));
  face = await startUpstream("witness.ts", "--http", "--folder", diary.folder);
  const entry = { type: "http", url: `${face.url}/${SERVER}`, breaker: { openMs: 1_500 } };
  gateway = await startGateway({ servers: { [SERVER]: entry }, folder });
  await allUp(gateway, [SERVER]);
  live = await watch(gateway);
  metrics = readMetrics();
});

after(async () => {
  live?.close();
  await metrics?.stop();
  await gateway?.stop();
  await face?.stop();
  diary?.remove();
  await rm(folder, { recursive: true, force: true });
});

interface MetricsReader {
  /** States of the breaker as they were seen, each once in a row. */
  readonly circuit: readonly string[];
  /** Events by type, now. */
  events(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

const metricsText = async (): Promise<string> => (await fetch(`${gateway.url}/metrics`)).text();

function readMetrics(): MetricsReader {
  const circuit: string[] = [];
  let running = true;
  const loop = async (): Promise<void> => {
    while (running) {
      const state = /^omni2_circuit_state\{.*state="(\w+)".*\} 1$/m.exec(await metricsText())?.[1];
      if (state !== undefined && state !== circuit.at(-1)) circuit.push(state);
      await sleep(LOOK_EVERY_MS);
    }
  };
  const done = loop();
  return {
    circuit,
    async events() {
      const lines = (await metricsText()).matchAll(/^omni2_health_events_total\{.*type="(\w+)".*\} (\d+)$/gm);
      return Object.fromEntries([...lines].map(([, type = "", count]) => [type, Number(count)]));
    },
    async stop() {
      running = false;
      await done;
    },
  };
}

function toldBy(frame: Frame): Told | undefined {
  const { ts } = frame;
  if (frame.type === "health_event") return { ts, type: frame.data.event_type, message: frame.data.message };
  if (frame.type === "circuit_breaker_state")
    return { ts, type: `circuit_${frame.data.new_state}`, message: frame.data.reason };
  return undefined;
}

const toldLive = (): Told[] => live.frames.map(toldBy).filter((told) => told !== undefined);

/** Calls in a row until stopped; a failure is the server's, not the test's. */
function keepCalling(): () => Promise<void> {
  let running = true;
  const loop = async (): Promise<void> => {
    while (running) {
      await restCall(gateway, { server: SERVER, tool: "add_one" });
      await sleep(CALL_EVERY_MS);
    }
  };
  const done = loop();
  return async () => {
    running = false;
    await done;
  };
}

/** Fails unless these come one after the other, whatever is between them. */
function assertInOrder(what: string, seen: readonly string[], expected: readonly string[]): void {
  let at = 0;
  for (const word of seen) if (word === expected[at]) at += 1;
  assert.equal(
    at,
    expected.length,
    `${what}: ${expected[at]} is missing after ${expected.slice(0, at)}; it has ${seen}`,
  );
}

const CHAPTERS = ["probe_failed", "disconnected", "circuit_open", "circuit_half_open", "circuit_closed"];
/** It may be reached before the open time is over, or by the trial itself. */
const RETURN = ["circuit_open", "connected", "circuit_closed"];

describe("an HTTP server that is stopped and started again while calls come in", () => {
  before(async () => {
    const stopCalling = keepCalling();
    await sleep(10 * CALL_EVERY_MS);
    process.kill(face.pid, "SIGKILL");
    await until("its breaker is open", async () => (await gateway.server(SERVER)).circuitState === "open");
    face = await startUpstream("witness.ts", "--http", "--folder", diary.folder, "--port", new URL(face.url).port);
    await until("all is well", async () => {
      const { status, circuitState } = await gateway.server(SERVER);
      return status === "up" && circuitState === "closed";
    });
    await until(
      "all of it is told",
      () => toldLive().some(({ type }) => type === "circuit_closed") && live.changes(SERVER).at(-1)?.endsWith(">up"),
    );
    await stopCalling();
    await metrics.stop();
  });

  it("is told live from the failed check to the recovery, in order", () => {
    const told = toldLive().map(({ type }) => type);
    assertInOrder("the live feed", told, CHAPTERS);
    assertInOrder("the live feed", told, RETURN);
    const words = live.changes(SERVER);
    assertInOrder(
      "the words for people",
      words.map((word) => word.split(">")[1] ?? ""),
      ["down", "recovering", "up"],
    );
    live.assertSound();
  });

  it("is told by the metrics in the same order, and counted alike", async () => {
    assertInOrder("the metrics", metrics.circuit, ["closed", "open", "closed"]);
    // A state between two looks is not seen; one that is seen was told.
    const states = live.of("circuit_breaker_state").map(({ data }) => data.new_state);
    assertInOrder("the live feed", ["closed", ...states], metrics.circuit);
    const counted: Record<string, number> = {};
    for (const { type } of toldLive()) counted[type] = (counted[type] ?? 0) + 1;
    const events = await metrics.events();
    // Nobody listened yet when it was connected for the first time.
    for (const type of ["connected", "catalog_refreshed"]) if (type in events) counted[type] = (counted[type] ?? 0) + 1;
    assert.deepEqual(events, counted);
  });

  it("is written down row for row as it was told", async () => {
    const told = toldLive();
    const last = told.at(-1);
    await until("all of it is committed", async () => (await healthLogOf(gateway, SERVER))[0]?.at === last?.ts);
    assert.equal(await isUp(gateway, SERVER), true);
    live.close();
    await gateway.end("SIGTERM");
    const sql = `select round(extract(epoch from at) * 1000)::float as ts, event_type as type, message
      from omni2.mcp_health_log where server = '${SERVER}' order by id`;
    const rows = await embeddedRows(join(folder, "data"), sql);
    const from = rows.findIndex(({ ts }) => Number(ts) >= Number(told[0]?.ts));
    assert.deepEqual(
      rows.slice(from, from + told.length).map((row) => ({ ...row })),
      told,
    );
  });
});
