// Is a write ever carried out twice, or an outage made worse by retries? Ten thousand calls of a tool that counts its executions
// outside of the process, while servers die, connections break and answers are lost; and what reaches servers that are out.
// OMNI2_TEST_SEED repeats a run's dice.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type Caller, openCaller, type Via } from "./faults/caller.ts";
import { faultyEntry, startFaces, type Transport } from "./faults/stage.ts";
import { createDice } from "./kills-kit.ts";
import { startGateway, type TestGateway } from "./kit.ts";
import { allUp } from "./recovery-kit.ts";
import { openToxicProxy, type ToxicProxy } from "./toxic-proxy.ts";
import { type FaultFolder, openFaultFolder } from "./upstreams/faulty-modes.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";

const CALLS = 10_000;
const WORKERS = 32;
const LIMIT_MS = 15_000;
/** Shares of the calls whose server is told to do this after it has executed them. */
const ORDERS = [
  ["reset", 0.015],
  ["hang", 0.01],
  ["die", 0.0005],
] as const;
/** Ends of calls that promise that nothing was executed. */
const NOTHING_DONE = new Set(["UPSTREAM_UNAVAILABLE", "BREAKER_OPEN", "OVERLOADED"]);
/** Between two deeds of the one who breaks things, at most, in milliseconds. */
const BREAK_EVERY_MS = 700;

const SERVERS: Readonly<Record<string, Transport>> = {
  "stdio-1": "stdio",
  "stdio-2": "stdio",
  "stdio-3": "stdio",
  "http-1": "http",
  "http-2": "http",
  modern: "modern",
  "sse-1": "sse",
  "sse-2": "sse",
};
const NAMES = Object.keys(SERVERS);
const VIAS: readonly Via[] = ["modern", "legacy", "rest"];

const seed = Number(process.env.OMNI2_TEST_SEED ?? Date.now() % 1_000_000);
const dice = createDice(seed);
const pick = <T>(items: readonly T[]): T => items[Math.floor(dice() * items.length)] as T;

let folder: FaultFolder;
let face: RunningServer;
let proxy: ToxicProxy;
let gateway: TestGateway;
let caller: Caller;

before(async () => {
  folder = openFaultFolder();
  face = await startFaces(folder);
  proxy = await openToxicProxy(Number(new URL(face.url).port));
  const place = { folder, face: { url: proxy.through(face.url).replace(/\/$/, "") } };
  const servers = Object.fromEntries(
    NAMES.map((name, at) => {
      // Half of the breakers as users have them; half so calm that nearly all calls get through.
      const breaker = at % 2 === 0 ? { openMs: 300, maxOpenMs: 600 } : { failures: 1_000, failureRatio: 1 };
      return [name, { ...faultyEntry(name, SERVERS[name] as Transport, place), timeoutMs: 1_000, breaker }];
    }),
  );
  gateway = await startGateway({ servers });
  await allUp(gateway, NAMES);
  caller = await openCaller(gateway);
});

after(async () => {
  await gateway?.stop();
  await proxy?.close();
  await face?.stop();
  folder?.remove();
});

/** Answers whether the process was there to be signalled. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Kills a server of either kind, or breaks the connections, again and again until stopped. Answers how often. */
function breakThings(): () => Promise<Record<string, number>> {
  const deeds = { connections: 0, process: 0, face: 0 };
  let running = true;
  const reviveFace = async (): Promise<void> => {
    const { port } = new URL(face.url);
    await face.stop();
    await sleep(dice() * 500);
    face = await startUpstream("faulty.ts", "--http", "--folder", folder.path, "--port", port);
    deeds.face += 1;
  };
  const killProcess = async (): Promise<void> => {
    const { pid } = await gateway.server(pick(["stdio-1", "stdio-2", "stdio-3"]));
    if (pid !== null && signal(pid, "SIGKILL")) deeds.process += 1;
  };
  const resetConnections = (): void => {
    proxy.resetAll();
    deeds.connections += 1;
  };
  const loop = async (): Promise<void> => {
    while (running) {
      await sleep(dice() * BREAK_EVERY_MS);
      const roll = dice();
      if (roll < 0.1) signal(face.pid, "SIGKILL");
      else if (roll < 0.4) await killProcess();
      else resetConnections();
      // It may have died of a call's order, too.
      if (!signal(face.pid, 0)) await reviveFace();
    }
  };
  const done = loop();
  return async () => {
    running = false;
    await done;
    return deeds;
  };
}

function orderOfDice(): string {
  let roll = dice();
  for (const [order, share] of ORDERS) {
    if (roll < share) return order;
    roll -= share;
  }
  return "ok";
}

interface Asked {
  readonly key: string;
  readonly server: string;
  readonly order: string;
  readonly answer: Answer;
}

async function askAll(): Promise<Asked[]> {
  const asked: Asked[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < CALLS; n = next++) {
      const [key, server, order] = [`k${n}`, pick(NAMES), orderOfDice()];
      const args = { key, do: order };
      const answer = await caller.call({
        server,
        tool: "add_one",
        arguments: args,
        via: pick(VIAS),
        limitMs: LIMIT_MS,
      });
      asked.push({ key, server, order, answer });
      // Callers who are refused at once would otherwise use up their calls while nothing is there.
      if (answer.outcome === "fault") await sleep(dice() * 200);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return asked;
}

/** Executions by key, from the ledger that outlives every process. */
function executions(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of readFileSync(join(folder.path, "ledger"), "utf8").split("\n")) {
    if (key !== "") counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const endOf = ({ outcome, code }: Answer): string => (outcome === "fault" ? code : outcome);

describe("ten thousand writes, while servers die and connections break", () => {
  it("are carried out at most once, and callers are told the truth", { timeout: 300_000 }, async (t) => {
    const stop = breakThings();
    const beganAt = performance.now();
    const asked = await askAll();
    const tookS = Math.round((performance.now() - beganAt) / 1000);
    const deeds = await stop();
    const executed = executions();
    const ends: Record<string, number> = {};
    const wrong: string[] = [];
    for (const { key, server, order, answer } of asked) {
      const end = endOf(answer);
      const times = executed.get(key) ?? 0;
      ends[`${end} x${times}`] = (ends[`${end} x${times}`] ?? 0) + 1;
      const lie = end === "ok" ? times !== 1 : NOTHING_DONE.has(end) && times !== 0;
      if (times > 1 || lie)
        wrong.push(`${key} at ${server} (${order}), executed ${times} times: ${end} ${answer.text}`);
    }
    t.diagnostic(`seed ${seed}, ${tookS} s, broken ${JSON.stringify(deeds)}`);
    t.diagnostic(`ends of calls, with their executions: ${JSON.stringify(ends)}`);
    assert.deepEqual(wrong, []);
    assert.equal(asked.length, CALLS, "each was answered once");
    assert.equal(new Set(asked.map(({ key }) => key)).size, CALLS);
    assert.ok((ends["ok x1"] ?? 0) > CALLS / 2, "most calls got through, or this test sees nothing");
    assert.ok((ends["OUTCOME_UNKNOWN x1"] ?? 0) > 20, "answers were lost, or this test sees nothing");
    assert.deepEqual(
      [...executed.keys()].filter((key) => !/^k\d+$/.test(key)),
      [],
    );
  });
});
