import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { type AdviceFor, adviseOn, type SeenOfTool, TRIED_TTLS } from "./advice.ts";

const SEEN: SeenOfTool = {
  calls: 1_500,
  repeats: 1_215,
  comparisons: 1_204,
  changed: 0,
  firstChangeMs: null,
  longestMs: 1_000_000,
  overtaken: 0,
  hits: [300, 700, 1_200, 1_210, 1_215],
  wrong: [0, 0, 0, 0, 0],
  savedMs: [90_000, 210_000, 360_000, 363_000, 364_500],
};
const advise = (seen: Partial<SeenOfTool> = {}, more: Partial<AdviceFor> = {}) =>
  adviseOn({ server: "web", tool: "search", readOnly: "believed", ...more, seen: { ...SEEN, ...seen } });

for (const [longestMs, ttlMs] of [
  [1_999, null],
  [2_000, 10_000],
  [11_999, 10_000],
  [12_000, 60_000],
  [60_000, 300_000],
] as const) {
  test(`answers compared over ${longestMs} ms are evidence for ${ttlMs ?? "no"} ms`, () => {
    const advice = advise({ longestMs });
    assert.equal(advice.ttlMs, ttlMs);
    assert.equal(advice.verdict, ttlMs === null ? "wait" : "cache");
  });
}

test("a claim to read only of a server that is not trusted is left to a person", () => {
  const { verdict, config, sentence } = advise({}, { readOnly: "claimed" });
  assert.deepEqual([verdict, config], ["ask", '"search": { "ttlMs": 300000 }']);
  assert.match(
    sentence,
    /; its server says that it only reads and is not trusted, so add it only if you believe that\.$/,
  );
});

test("where other tools that may write come between, the sentence says so", () => {
  const { verdict, sentence } = advise({ comparisons: 7, overtaken: 90 });
  assert.equal(verdict, "wait");
  assert.match(
    sentence,
    /before 90 of them another tool was called that may write, so only 7 answers could be compared/,
  );
  assert.match(sentence, /give them a rule too, or set `invalidateOnWrite` to false\.$/);
});

test("a tool that repeats itself unchanged is advised, with the line to write", () => {
  const { verdict, config, patch, ttlMs, sentence, forecasts, ...told } = advise();
  assert.equal(verdict, "cache");
  assert.equal(config, '"search": { "ttlMs": 300000 }');
  assert.deepEqual(patch, { mcpServers: { web: { cache: { tools: { search: { ttlMs: 300_000 } } } } } });
  assert.equal(ttlMs, 300_000);
  assert.equal(
    sentence,
    "`search` repeats 81 % of its 1500 calls, no answer changed within 5 min in 1204 comparisons: caching would have answered 80 % and saved 6 min.",
  );
  assert.deepEqual(
    forecasts.map(({ hitRate }) => hitRate),
    [0.2, 700 / 1_500, 0.8, 1_210 / 1_500, 0.81],
  );
  assert.deepEqual(forecasts[2], { ttlMs: 300_000, hitRate: 0.8, changed: 0, savedMs: 360_000 });
  assert.deepEqual(told, {
    server: "web",
    tool: "search",
    calls: 1_500,
    repeats: 1_215,
    comparisons: 1_204,
    changed: 0,
    firstChangeMs: null,
  });
});

test("where the server does not say that the tool only reads, a person is asked", () => {
  const { verdict, config, sentence } = advise({}, { readOnly: "unsaid" });
  assert.deepEqual([verdict, config], ["ask", '"search": { "ttlMs": 300000 }']);
  assert.match(
    sentence,
    /saved 6 min; its server does not say that it only reads, so add it only if you know that it does\.$/,
  );
});

test("a tool of which one answer was seen to change is never advised", () => {
  const { verdict, config, ttlMs, sentence } = advise({ changed: 3, firstChangeMs: 4_200 });
  assert.deepEqual([verdict, config, ttlMs], ["keep_off", null, null]);
  assert.equal(
    sentence,
    "`search` repeats 81 % of its 1500 calls, but 3 of 1204 compared answers had changed, the soonest after 4.2 s: do not cache it.",
  );
});

test("a tool that is asked the same too seldom is not worth a line", () => {
  const { verdict, config, sentence } = advise({ hits: [0, 0, 74, 80, 90] });
  assert.deepEqual([verdict, config], ["keep_off", null]);
  assert.match(sentence, /no answer changed .*, but only 5 % would have been answered: too seldom asked again in time/);
  assert.equal(advise({ hits: [0, 0, 75, 80, 90] }).verdict, "cache", "5 % is enough");
});

test("fewer than 20 comparisons prove nothing", () => {
  const { verdict, sentence } = advise({ calls: 40, repeats: 20, comparisons: 19 });
  assert.equal(verdict, "wait");
  assert.equal(
    sentence,
    "`search` repeats 50 % of its 40 calls; 19 of at least 20 answers could be compared so far: too few to advise anything.",
  );
  assert.equal(advise({ calls: 40, repeats: 20, comparisons: 20, hits: [9, 9, 9, 9, 9] }).verdict, "cache");
});

test("times are told as people say them", () => {
  const saved = (ms: number): string =>
    / saved (.*)\.$/.exec(advise({ savedMs: [0, 0, ms, 0, 0] }).sentence)?.[1] ?? "";
  assert.deepEqual([0, 999, 1_500, 45_000, 119_000, 120_000, 7_000_000, 7_200_000, 86_400_000].map(saved), [
    "0 ms",
    "999 ms",
    "1.5 s",
    "45 s",
    "119 s",
    "2 min",
    "117 min",
    "2 h",
    "24 h",
  ]);
});

test("a name that needs quoting stands quoted in the line", () => {
  assert.equal(advise({}, { tool: 'say "hi"' }).config, '"say \\"hi\\"": { "ttlMs": 300000 }');
});

test("whatever was seen, what changed is never advised, what is advised was compared often enough, and shares are shares", () => {
  const count = fc.nat({ max: 2_000 });
  const perTtl = fc.array(count, { minLength: TRIED_TTLS.length, maxLength: TRIED_TTLS.length });
  const seen = fc
    .record({
      extra: count,
      repeats: count,
      changed: fc.constantFrom(0, 0, 1, 7),
      perTtl,
      longestMs: count,
      took: count,
      comparisons: fc.nat({ max: 40 }),
    })
    .map(({ extra, repeats, changed, perTtl: hits, longestMs, took, comparisons }): SeenOfTool => {
      const calls = repeats + extra;
      const bounded = hits.map((it) => Math.min(it, calls));
      return {
        calls,
        repeats,
        comparisons,
        changed,
        firstChangeMs: changed === 0 ? null : took,
        longestMs,
        overtaken: extra,
        hits: bounded,
        wrong: bounded.map(() => changed),
        savedMs: bounded.map((it) => it * took),
      };
    });
  holds(
    fc.property(seen, fc.constantFrom("believed", "claimed", "unsaid"), (it, readOnly) => {
      const { verdict, config, ttlMs, sentence, forecasts } = advise(it, { readOnly });
      const isAdvised = config !== null;
      assert.equal(isAdvised, ttlMs !== null);
      assert.equal(isAdvised, verdict === "cache" || verdict === "ask");
      if (isAdvised) assert.ok(it.changed === 0 && it.comparisons >= 20);
      if (ttlMs !== null) assert.ok(ttlMs <= 5 * it.longestMs);
      if (isAdvised) assert.equal(verdict === "cache", readOnly === "believed");
      for (const { hitRate } of forecasts) assert.ok(hitRate >= 0 && hitRate <= 1);
      assert.match(sentence, /^`search` repeats \d+ % of its \d+ calls.*\.$/);
      assert.doesNotMatch(sentence, /NaN|undefined|null|Infinity/);
    }),
  );
});
