// On which stage is one of fifty the faulty one? Forty-six HTTP servers in one process behind a proxy each can be lost through,
// four of the other transports, and callers that visit every one of them in turn.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { startGateway, type TestGateway, until } from "../kit.ts";
import { type Watcher, watch } from "../recovery-kit.ts";
import { openToxicProxy, type ToxicProxy } from "../toxic-proxy.ts";
import { type FaultFolder, openFaultFolder } from "../upstreams/faulty-modes.ts";
import type { RunningServer } from "../upstreams/start.ts";
import { type Caller, openCaller } from "./caller.ts";
import { api, faultyEntry, startFaces, TRANSPORTS, type Transport } from "./stage.ts";

export const FIFTY = 50;
/** Callers at a time; each call is followed by a short rest. */
const CALLERS = 4;
const REST_MS = 5;
const LIMIT_MS = 1_500;

export interface Fifty {
  readonly gateway: TestGateway;
  readonly folder: FaultFolder;
  readonly face: RunningServer;
  /** Between the gateway and all HTTP servers. */
  readonly proxy: ToxicProxy;
  readonly watcher: Watcher;
  readonly caller: Caller;
  readonly names: readonly string[];
  allUp(names: readonly string[], limitMs: number): Promise<void>;
  close(): Promise<void>;
}

/** One of each of the other transports, and HTTP, in both eras by turns, for all the rest. */
const transportOf = (at: number): Transport => TRANSPORTS[at] ?? (at % 2 === 0 ? "http" : "modern");

export async function openFifty(): Promise<Fifty> {
  const folder = openFaultFolder();
  const face = await startFaces(folder);
  const proxy = await openToxicProxy(Number(new URL(face.url).port));
  const place = { folder, face: { url: proxy.through(face.url).replace(/\/$/, "") } };
  const names = Array.from({ length: FIFTY }, (_, at) => `s${at}-${transportOf(at)}`);
  const servers = Object.fromEntries(names.map((name, at) => [name, faultyEntry(name, transportOf(at), place)]));
  const gateway = await startGateway({ servers });
  const watcher = await watch(gateway);
  const fifty: Fifty = {
    gateway,
    folder,
    face,
    proxy,
    watcher,
    caller: await openCaller(gateway),
    names,
    async allUp(wanted, limitMs) {
      const notUp = async (): Promise<string[]> => {
        const { items } = (await api(gateway, "GET /api/servers")).json as {
          items: { name: string; status: string; circuitState: string }[];
        };
        return items
          .filter(({ name, status }) => wanted.includes(name) && status !== "up")
          .map(({ name, status, circuitState }) => `${name} ${status} ${circuitState}`);
      };
      await until("all are up", async () => (await notUp()).length === 0, limitMs).catch(async () =>
        assert.deepEqual(await notUp(), [], "not up"),
      );
    },
    async close() {
      watcher.close();
      await gateway.stop();
      await proxy.close();
      await face.stop();
      folder.remove();
    },
  };
  await fifty.allUp(names, 30_000);
  return fifty;
}

export interface Visits {
  /** Ends them; fails for every call that went wrong. Answers how many there were. */
  end(): Promise<number>;
}

/** Calls these servers in turn until ended. */
export function visit({ caller }: Fifty, names: readonly string[]): Visits {
  let running = true;
  let calls = 0;
  const wrong: string[] = [];
  const one = async (): Promise<void> => {
    const server = names[calls % names.length] as string;
    const message = `call ${++calls}`;
    try {
      const answer = await caller.call({ server, tool: "echo", arguments: { message }, limitMs: LIMIT_MS });
      if (answer.text !== message) wrong.push(`${server}: ${answer.code} ${answer.text}`);
    } catch (error) {
      wrong.push(`${server}: ${String(error)}`);
    }
    await sleep(REST_MS);
  };
  const loops = Array.from({ length: CALLERS }, async () => {
    while (running) await one();
  });
  return {
    async end() {
      running = false;
      await Promise.all(loops);
      assert.deepEqual(wrong, [], "calls of the others");
      return calls;
    },
  };
}
