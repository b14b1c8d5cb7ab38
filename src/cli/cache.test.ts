import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Advice, CACHE_LIMITS, type CacheAnswer, type CacheCounts } from "#contract/cache.ts";
import { type FakeGateway, fakeGateway, refusal, viewOf } from "./fake-gateway.fixture.ts";

let gateway: FakeGateway;
before(async () => {
  gateway = await fakeGateway();
});
after(() => gateway.close());

const counts = (more: Partial<CacheCounts> = {}): CacheCounts => ({
  calls: 0,
  hits: 0,
  stale: 0,
  coalesced: 0,
  upstream: 0,
  faults: 0,
  misses: 0,
  shadowed: 0,
  bypassed: {},
  refused: {},
  refreshes: 0,
  evictions: 0,
  expirations: 0,
  invalidations: 0,
  entries: 0,
  bytes: 0,
  savedMs: 0,
  hitRate: 0,
  ...more,
});
const busy = counts({
  calls: 1_530,
  hits: 700,
  stale: 12,
  coalesced: 34,
  upstream: 780,
  faults: 4,
  misses: 458,
  hitRate: 746 / 1_204,
  savedMs: 360_000,
  entries: 312,
  bytes: 4_400_000,
});
const writes = counts({ calls: 10, upstream: 10, shadowed: 1, bypassed: { asked: 2, not_read_only: 7 } });
const advice = (tool: string, more: Partial<Advice> = {}): Advice => ({
  server: "web",
  tool,
  verdict: "cache",
  sentence: `\`${tool}\` repeats 81 % of its 100 calls.`,
  config: `"${tool}": { "ttlMs": 300000 }`,
  patch: { mcpServers: { web: { cache: { tools: { [tool]: { ttlMs: 300_000 } } } } } },
  ttlMs: 300_000,
  calls: 100,
  repeats: 81,
  comparisons: 81,
  changed: 0,
  firstChangeMs: null,
  forecasts: [],
  ...more,
});
const quiet = counts({ calls: 3, upstream: 3, shadowed: 3 });
const REPORT: CacheAnswer = {
  ...busy,
  size: busy.entries,
  ...CACHE_LIMITS,
  servers: [
    { server: "files", mode: "auto", ...busy },
    { server: "web", mode: "shadow", ...quiet },
  ],
  tools: [
    { server: "files", tool: "read", ...busy },
    { server: "files", tool: "write\u001b[31m", ...writes },
    { server: "web", tool: "search", ...quiet },
  ],
  advice: [
    advice("rare", { verdict: "wait", config: null }),
    advice("clock", { verdict: "keep_off", config: null, sentence: "`clock` changes: do not cache it." }),
    advice("search"),
  ],
};
const answerWith = (report: CacheAnswer): void => {
  gateway.answers["GET /api/cache"] = { status: 200, body: report };
};
beforeEach(() => {
  gateway.reset({ "GET /api/servers": { status: 200, body: { items: [viewOf("files", "up"), viewOf("new", "up")] } } });
  answerWith(REPORT);
});
const lines = (): string[] => gateway.out.join("\n").split("\n");

describe("omni2 cache", () => {
  test("says in words what the cache saved, what became of the calls and what is kept", async () => {
    assert.equal(await gateway.run("cache"), 0);
    assert.deepEqual(lines().slice(0, 4), [
      "cache  62 % of 1,204 lookups answered without their server, 6 min saved",
      "calls  1,530: 700 from the cache, 12 from the cache past their time, 34 with an equal call, 780 by their server, 4 not answered",
      "kept   312 of 1,000 answers, 4.2 MiB of 64 MiB",
      "",
    ]);
  });

  test("has a row per server and per tool, with why calls passed the cache by", async () => {
    await gateway.run("cache", "stats");
    const text = lines();
    const servers = text.findIndex((line) => line.startsWith("SERVER  MODE"));
    assert.match(text[servers] ?? "", /^SERVER +MODE +CALLS +HITS +STALE +COALESCED +MISSES +RATE +KEPT +SAVED$/);
    assert.match(text[servers + 1] ?? "", /^files +auto +1,530 +700 +12 +34 +458 +62 % +312 +6 min$/);
    assert.match(text[servers + 2] ?? "", /^web +shadow +3 +0 +0 +0 +0 +- +0 +-$/);
    const tools = text.findIndex((line) => line.startsWith("SERVER  TOOL"));
    assert.match(text[tools + 2] ?? "", /^files +write +10 +0 +0 +- +- +1 only watched, 7 may write, 2 asked past it$/);
    assert.match(text[tools + 3] ?? "", /^web +search +3 +0 +0 +- +- +only watched$/);
  });

  test("ends with what the advisor says: what pays first, with the line and its place", async () => {
    await gateway.run("cache");
    assert.deepEqual(lines().slice(-5), [
      "Advice",
      "  web: `search` repeats 81 % of its 100 calls.",
      '    add under mcpServers.web.cache.tools:  "search": { "ttlMs": 300000 }',
      "  web: `clock` changes: do not cache it.",
      "  1 watched tool: not seen often enough yet to advise anything",
    ]);
  });

  test("shows the busiest twenty tools and counts the others", async () => {
    const tools = Array.from({ length: 23 }, (_, at) => ({ server: "files", tool: `t${at}`, ...busy }));
    answerWith({ ...REPORT, tools, advice: [] });
    await gateway.run("cache");
    assert.match(lines().at(-2) ?? "", /^files +t19 /);
    assert.equal(lines().at(-1), "and 3 tools with fewer calls; --json lists all");
  });

  test("says so when nothing was called, and when calls are only watched", async () => {
    answerWith({ ...REPORT, ...counts(), servers: [], tools: [], advice: [] });
    await gateway.run("cache");
    assert.match(gateway.out[0] ?? "", /^Nothing was called through this gateway since it started/);
    gateway.out.length = 0;
    answerWith({ ...REPORT, ...quiet });
    await gateway.run("cache");
    assert.equal(lines()[0], "cache  nothing that may be kept was called; 3 calls only watched");
  });

  test("--server shows one server, wherever it stands, and refuses a name that there is not", async () => {
    await gateway.run("cache", "--server", "web");
    const before = lines();
    assert.ok(before.every((line) => !line.includes("files")));
    assert.match(before[1] ?? "", /^calls {2}3: 3 by their server$/);
    gateway.out.length = 0;
    await gateway.run("cache", "stats", "--server", "web");
    assert.deepEqual(lines(), before);
    gateway.out.length = 0;
    await gateway.run("cache", "--server", "new");
    assert.match(gateway.out[0] ?? "", /^Nothing was called at new yet/);
    assert.equal((await refusal(gateway.run("cache", "--server", "nope"))).code, "SERVER_NOT_FOUND");
  });

  test("--json is the gateway's report, with --server the lists of that server", async () => {
    await gateway.run("cache", "--json");
    assert.deepEqual(JSON.parse(gateway.out.join("\n")), REPORT);
    gateway.out.length = 0;
    await gateway.run("cache", "--server", "files", "stats", "--json");
    const { servers, tools, advice: said, calls } = JSON.parse(gateway.out.join("\n"));
    assert.deepEqual([servers.length, tools.length, said.length, calls], [1, 2, 0, 1_530]);
  });
});

describe("omni2 cache clear", () => {
  const SELECTED: [argv: string[], asked: string, said: string][] = [
    [[], "DELETE /api/cache", "Dropped 1,204 kept answers."],
    [["files"], "DELETE /api/cache?server=files", "Dropped 1,204 kept answers of files."],
    [["files", "a&b"], "DELETE /api/cache?server=files&tool=a%26b", "Dropped 1,204 kept answers of a&b at files."],
  ];
  for (const [argv, asked, said] of SELECTED) {
    test(`with ${argv.join(" ") || "nothing"} drops that and says how many answers it was`, async () => {
      gateway.answers[asked] = { status: 200, body: { removed: 1_204 } };
      assert.equal(await gateway.run("cache", "clear", ...argv), 0);
      assert.deepEqual([gateway.asked[0]?.what, gateway.out], [asked, [said]]);
      await gateway.run("cache", "clear", ...argv, "--json");
      assert.deepEqual(JSON.parse(gateway.out[1] ?? ""), { removed: 1_204 });
    });
  }

  test("one answer is one answer", async () => {
    gateway.answers["DELETE /api/cache"] = { status: 200, body: { removed: 1 } };
    await gateway.run("cache", "clear");
    assert.deepEqual(gateway.out, ["Dropped 1 kept answer."]);
  });
});
