// Do the cache's numbers still add up after a storm? Random calls of every kind on every way in, while servers go away and come
// back and people empty the cache: each call is counted once, and what the servers counted themselves agrees.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CacheAnswer } from "../src/contract/cache.ts";
import { type Asker, type Asking, askerOf, assertAddsUp, cacheOf, entryOf, WAYS } from "./cache-kit.ts";
import { type Random, randomFrom } from "./cache-workload.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp } from "./recovery-kit.ts";
import { type CountedServer, openCounted } from "./upstreams/counted.ts";

const CALLS = 3_000;
const CALLERS = 24;
/** From one trouble to the next. */
const PEACE_CALLS = 400;
const READ = { annotations: { readOnlyHint: true } };
const tools = {
  look: READ,
  find: READ,
  last: READ,
  hasty: READ,
  plain: {},
  write: { annotations: { readOnlyHint: false } },
};
const resources = { "note://one": { ttlMs: 50, cacheScope: "public" }, "note://two": {} };
const RULES = {
  find: "off",
  last: { ttlMs: 20, staleIfErrorMs: 60_000, scope: "public" },
  hasty: { ttlMs: 20, staleWhileRevalidateMs: 60_000 },
};
const MODES = {
  auto: { cache: { mode: "auto", tools: RULES } },
  again: { cache: { mode: "auto", invalidateOnWrite: false, tools: RULES } },
  shadow: { cache: { mode: "shadow" } },
  off: { cache: { mode: "off" } },
} as const;
type Name = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Name[];
const ACTS = ["error", "tool_error", "partial", "cut", "big"];
const REQUESTS = [undefined, undefined, undefined, undefined, "use", "bypass", "refresh"];
const LEAVES_AFTER_MS = 3;

const READS = ["look", "look", "look", "find", "last", "hasty"];
const WRITES = ["plain", "write"];

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

/** Makes one random call; answers nothing, whatever becomes of it. */
async function callAnything({ ask, read }: Asker, random: Random): Promise<void> {
  const server = random() < 0.4 ? "auto" : pick(random, NAMES);
  if (random() < 0.1) return void (await read({ server, uri: pick(random, Object.keys(resources)) }));
  const act = random() < 0.2 ? pick(random, ACTS) : undefined;
  const cache = pick(random, REQUESTS);
  const leaving = new AbortController();
  if (random() < 0.05) setTimeout(() => leaving.abort(), LEAVES_AFTER_MS * random());
  const asking: Asking = {
    server,
    tool: random() < 0.02 ? pick(random, WRITES) : pick(random, READS),
    way: pick(random, WAYS),
    arguments: { n: Math.floor(random() * 6), ...(act && { do: act, bytes: 1_100_000 }) },
    ...(random() < 0.03 && { params: { inputResponses: {} } }),
    ...(cache && { cache }),
    signal: leaving.signal,
  };
  await ask(asking).catch((error: Error) => assert.equal(error.name, "AbortError", String(error)));
}

/** Again and again a server goes and comes back, says that its tools changed, and people empty the cache. */
async function trouble({ servers, gateway, begun }: Troubled): Promise<void> {
  const random = randomFrom(11);
  for (let from = PEACE_CALLS; from < CALLS; from += PEACE_CALLS) {
    await until("it was calm for a while", () => begun() >= from);
    const server = servers[pick(random, NAMES)];
    await server.down();
    await gateway.api("DELETE", `/api/cache?server=${pick(random, NAMES)}`);
    await until("it was missed for a while", () => begun() >= from + PEACE_CALLS / 3);
    await server.up();
    server.announce("notifications/tools/list_changed");
    if (random() < 0.3) await gateway.api("DELETE", "/api/cache");
    await gateway.api("POST", `/api/servers/${pick(random, NAMES)}/reset-breaker`);
  }
}

interface Troubled {
  readonly servers: Record<Name, CountedServer>;
  readonly gateway: TestGateway;
  /** Calls begun so far. */
  readonly begun: () => number;
}

/** The sums of this metric by `server` and, where there is one, `outcome`. */
async function metric(gateway: TestGateway, name: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const sums = new Map<string, number>();
  for (const [, labels = "", value] of text.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\S+)$`, "gm"))) {
    const of = (label: string): string => labels.match(new RegExp(`(?:^|,)${label}="([^"]*)"`))?.[1] ?? "";
    const key = `${of("server")} ${of("outcome")}`;
    sums.set(key, (sums.get(key) ?? 0) + Number(value));
  }
  return sums;
}

/** Once nothing is on its way any more. */
async function settled(gateway: TestGateway): Promise<CacheAnswer> {
  let before = -1;
  return await until("no call ends any more", async () => {
    const answer = await cacheOf(gateway);
    const isStill = answer.calls === before;
    before = answer.calls;
    if (!isStill) await new Promise((wake) => setTimeout(wake, 250));
    return isStill ? answer : undefined;
  });
}

test(`after ${CALLS} calls of every kind, with servers that come and go, every number adds up`, async (t) => {
  const opened = await Promise.all(
    NAMES.map(async (name, at) => {
      const era = at % 2 === 0 ? ("legacy" as const) : ("modern" as const);
      return [name, await openCounted({ era, tools, resources })] as const;
    }),
  );
  const servers = Object.fromEntries(opened) as Record<Name, CountedServer>;
  const settings = { timeoutMs: 1_000, breaker: { failures: 20, failureRatio: 1, openMs: 100, maxOpenMs: 100 } };
  const gateway = await startGateway({
    servers: Object.fromEntries(NAMES.map((name) => [name, entryOf(servers[name], { ...settings, ...MODES[name] })])),
    omni2: { cache: { maxEntries: 40, maxBytes: 2 * 1024 * 1024 } },
  });
  t.after(async () => {
    await gateway.stop();
    await Promise.all(Object.values(servers).map((server) => server.close()));
  });
  await allUp(gateway, NAMES);

  const asker = askerOf(gateway);
  const random = randomFrom(CALLS);
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun++ < CALLS) await callAnything(asker, random);
  };
  const troubling = trouble({ servers, gateway, begun: () => begun });
  await Promise.all([troubling, ...Array.from({ length: CALLERS }, caller)]);

  const answer = await settled(gateway);
  const { calls, hits, stale, coalesced, upstream, faults, refreshes } = answer;
  t.diagnostic(JSON.stringify({ calls, hits, stale, coalesced, upstream, faults, refreshes }));
  t.diagnostic(JSON.stringify({ bypassed: answer.bypassed, refused: answer.refused, evictions: answer.evictions }));
  assertAddsUp(answer);
  for (const number of [hits, stale, coalesced, upstream, faults]) assert.ok(number > 0);
  assert.ok(calls <= CALLS && calls > CALLS * 0.8, `${calls} of ${CALLS} calls reached the cache`);
  assert.ok(answer.bytes <= answer.maxBytes && answer.entries <= answer.maxEntries);

  const finished = await metric(gateway, "omni2_calls_total");
  const lookups = await metric(gateway, "omni2_cache_lookups_total");
  for (const name of NAMES) {
    const row = answer.servers.find(({ server }) => server === name) ?? assert.fail(name);
    const inMetrics = [...finished]
      .filter(([key]) => key.startsWith(`${name} `))
      .reduce((sum, [, value]) => sum + value, 0);
    assert.equal(row.calls, inMetrics, `calls of ${name}`);
    const found = ["hit", "stale", "coalesced", "miss"].map((outcome) => lookups.get(`${name} ${outcome}`));
    assert.deepEqual(found, [row.hits, row.stale, row.coalesced, row.misses]);
    // What the server answered it was asked; what it was asked may have failed, and been tried again.
    assert.ok(
      servers[name].came() >= row.upstream,
      `${servers[name].came()} came to ${name}, ${row.upstream} answered`,
    );
  }
});
