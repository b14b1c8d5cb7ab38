// What the store's tests share: its two kinds of database, and how to wait for a state.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { CallRecord } from "#contract/call.ts";
import { type FaultCode, isFault } from "#contract/fault.ts";
import { recordOf } from "#contract/record.fixture.ts";
import { type Log, silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { openEmbeddedSource } from "#store/source.ts";
import { openStore, type Store, type StoreOptions } from "#store/store.ts";
import type { ServerDefinitionRow, ServerHealthRow } from "#store/tables/servers.ts";
import type { TestPostgres } from "./pg.ts";

export interface Backend {
  readonly options: StoreOptions;
  /** Ends the database as a crash does; it can be reached again a moment later. */
  crash(): Promise<void>;
  /** Statements past the store, which must be closed. */
  sql(text: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

/** What the tests of one database work on; `store` is another one after it was reopened. */
export interface Now {
  backend: Backend;
  store: Store;
}

export type Test = (title: string, body: () => Promise<void>) => void;

export const options = (url: string | null, dataDir: string, log: Log = silentLog): StoreOptions => ({
  url,
  dataDir,
  log,
  world: systemWorld,
});

export const newFolder = (): string => mkdtempSync(join(tmpdir(), "omni2-store-"));
export const holderOf = (dataDir: string): { pid: number; gatewayPid: number } =>
  JSON.parse(readFileSync(join(dataDir, "pg.lock"), "utf8"));

export async function query(config: object, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

export function embedded(): Backend {
  const dataDir = newFolder();
  return {
    options: options(null, dataDir),
    crash: async () => void process.kill(holderOf(dataDir).pid, "SIGKILL"),
    async sql(text) {
      const source = await openEmbeddedSource(dataDir, systemWorld);
      try {
        return await query(await source.locate(), text);
      } finally {
        await source.close();
      }
    },
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

export const external = (postgres: TestPostgres): Backend => ({
  options: options(postgres.url, "unused"),
  async crash() {
    await postgres.power?.off();
    await postgres.power?.on();
  },
  sql: (text) => query({ connectionString: postgres.url }, text),
  remove: () => postgres.stop(),
});

export async function until(what: string, holds: () => boolean | Promise<boolean>, patienceMs = 20_000): Promise<void> {
  for (const giveUpAt = performance.now() + patienceMs; !(await holds()); await sleep(20)) {
    if (performance.now() > giveUpAt) assert.fail(`not within ${patienceMs} ms: ${what}`);
  }
}

export const ready = (store: Store): Promise<void> => until(`ready (${store.reason})`, () => store.state === "ready");

export async function opened(with_: StoreOptions): Promise<Store> {
  const store = await openStore(with_);
  await ready(store);
  return store;
}

export const faultOf = async (code: FaultCode, work: Promise<unknown>): Promise<void> =>
  assert.rejects(work, (error) => isFault(error, code) || assert.fail(`not ${code}: ${error}`));

export const definition = (name: string, more: Partial<ServerDefinitionRow> = {}): ServerDefinitionRow => ({
  name,
  origin: "file",
  url: null,
  description: "",
  protocol: "stdio",
  timeoutSeconds: 60,
  enabled: true,
  ...more,
});

export const sick: Omit<ServerHealthRow, "name"> = {
  status: "down",
  statusReason: "refused",
  link: "closed",
  health: "unhealthy",
  circuitState: "open",
  circuitRetryAt: 1_700_000_030_456,
  circuitReason: "5 failures in a row",
  consecutiveFailures: 5,
  failureCycles: 1,
  lastProbeAt: 1_700_000_000_123,
  lastRecoveryAt: null,
  totalDowntimeSeconds: 12.5,
  autoDisabledAt: 1_700_000_000_789,
  autoDisabledReason: "3 failed cycles in a row",
  enabledOverride: false,
};

/** With what a table may get wrong: fractions, nulls, and more bytes than an integer holds. */
export const call = (id: string, more: Partial<CallRecord> = {}): CallRecord =>
  recordOf({
    ...{ id, at: 1_700_000_000_001, era: "modern", disposition: "miss" },
    ...{ durationMs: 1.25, upstreamMs: null, breaker: null, resultBytes: 3_000_000_000 },
    ...more,
  });
