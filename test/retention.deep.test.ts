// Does the database stay bounded, and quick to read, when a million calls come in and days go by? Time is injected.
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Config } from "#config/config.ts";
import { silentLog } from "#lib/log.ts";
import { systemWorld, type World } from "#lib/world.ts";
import type { CallsQuery } from "#store/tables/calls.ts";
import { Retention } from "../src/gateway-retention.ts";
import { call, embedded, type Now, opened, until } from "./store-kit.ts";

const RECORDS = 1_050_000;
const KEPT_DAYS = 7;
const FIRST_DAY = Date.UTC(2031, 0, 1);
const DAY_MS = 86_400_000;
const BATCH = 5_000;
const MIB = 1024 * 1024;
/** Beside the records themselves: the log of changes, and what an empty database takes. */
const OVERHEAD_BYTES = 160 * MIB;
const BYTES_PER_RECORD = 600;

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );

function stage(now: Now) {
  const time = { day: 0 };
  const world: World = { ...systemWorld, wall: () => FIRST_DAY + time.day * DAY_MS + DAY_MS / 2 };
  const omni2 = { retention: { callsDays: KEPT_DAYS, eventsDays: KEPT_DAYS } };
  const config = { current: () => ({ document: { omni2 } }) } as unknown as Pick<Config, "current">;
  const retention = new Retention({ store: now.store, config, world, log: silentLog });
  let next = 0;
  const fill = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += BATCH) {
      await retention.prepare();
      const at = (index: number): number => FIRST_DAY + (time.day + (done + index) / count) * DAY_MS;
      await now.store.calls.append(Array.from({ length: BATCH }, (_, index) => recordOf(next++, at(index))));
    }
  };
  return { time, retention, fill };
}

/** Of twenty servers and fifty tools; a few of everything that can be asked for are rare. */
function recordOf(number: number, at: number) {
  const rare = number % 100_000 === 7;
  return call(`0badcafe-${number}`, {
    at,
    server: rare ? "rare" : `server-${number % 20}`,
    name: rare ? "rare" : `tool-${number % 50}`,
    principal: rare ? "rare" : `key-${number % 7}`,
    outcome: rare ? "fault" : "ok",
    faultCode: rare ? "UPSTREAM_TIMEOUT" : null,
    disposition: rare ? "stale" : number % 3 === 0 ? "miss" : "hit",
    upstreamMs: 3.5,
    resultBytes: 1_234,
  });
}

test("a million calls: every page comes within 50 ms, and days over their time give their space back", async (t) => {
  const backend = embedded();
  const now: Now = { backend, store: await opened(backend.options) };
  const { time, retention, fill } = stage(now);
  const size = (): number => sizeOf(backend.options.dataDir);
  t.after(async () => {
    retention.stop();
    await now.store.close();
    await backend.remove();
  });

  const startedAt = performance.now();
  for (; time.day < KEPT_DAYS; time.day++) await fill(RECORDS / KEPT_DAYS);
  t.diagnostic(`${RECORDS} records in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  const full = size();
  t.diagnostic(`${Math.round(full / MIB)} MiB on disk`);
  assert.ok(full < RECORDS * BYTES_PER_RECORD + OVERHEAD_BYTES, `${full} bytes`);

  await readPages(now, t.diagnostic.bind(t));

  const daily = 30_000;
  for (const end = time.day + 4; time.day < end; time.day++) {
    await fill(daily);
    retention.start();
    await until(
      "the oldest day is dropped",
      async () => (await oldest(now)) >= FIRST_DAY + (time.day - KEPT_DAYS) * DAY_MS,
    );
    assert.ok(size() <= full + OVERHEAD_BYTES, `${size()} bytes on day ${time.day}`);
  }
  time.day += KEPT_DAYS + 2;
  retention.start();
  await until("all is dropped", async () => (await now.store.calls.page({ limit: 1 })).items.length === 0);
  await until("its space is given back", async () => {
    // Files of dropped tables go with the next checkpoint, which follows so many bytes of statements.
    await now.store.settings.set("padding", "x".repeat(MIB));
    return size() < OVERHEAD_BYTES;
  });
  t.diagnostic(`${Math.round(size() / MIB)} MiB when all is dropped`);
});

const oldest = async ({ store }: Now): Promise<number> => {
  let [before, last]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (;;) {
    const { items, next } = await store.calls.page({ limit: 20, principal: "rare", before });
    last = items.at(-1)?.at ?? last;
    if (next === null) return last;
    before = next;
  }
};

async function readPages({ store }: Now, tell: (line: string) => void): Promise<void> {
  let deep: string | undefined;
  for (let page = 0; page < 100; page++)
    deep = (await store.calls.page({ limit: 1_000, before: deep })).next ?? undefined;
  const queries: Readonly<Record<string, Omit<CallsQuery, "limit">>> = {
    newest: {},
    "a hundred thousand calls ago": { before: deep },
    "one server": { server: "server-3" },
    "a rare server": { server: "rare" },
    "a server that never was": { server: "nobody" },
    "a rare tool": { tool: "rare" },
    "one tool of one server": { server: "server-4", tool: "tool-4" },
    "a rare principal": { principal: "rare" },
    "rare faults": { outcome: "fault" },
    "a rare disposition": { disposition: "stale" },
    "a frequent disposition of one server": { disposition: "hit", server: "server-2", outcome: "ok" },
  };
  for (const [what, query] of Object.entries(queries)) {
    const median = await medianMs(() => store.calls.page({ limit: 50, ...query }));
    tell(`${what}: ${median.toFixed(1)} ms`);
    assert.ok(median < 50, `${what}: ${median} ms`);
  }
  const one = await medianMs(() => store.calls.get(`0badcafe-${RECORDS / 2}`));
  tell(`one record by its id: ${one.toFixed(1)} ms`);
  assert.ok(one < 50, `${one} ms`);
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 15; round++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[7] as number;
}
