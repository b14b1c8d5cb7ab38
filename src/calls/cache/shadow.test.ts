import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { replyOf } from "#calls/call.fixture.ts";
import { CACHE_LIMITS, type CacheSettings } from "#contract/cache.ts";
import { Fault } from "#contract/fault.ts";
import { TRIED_TTLS } from "#policy/advice.ts";
import type { Reply } from "#upstream/transport.ts";
import { Kept } from "./kept.ts";
import { type Evidence, Shadow } from "./shadow.ts";
import { Stage, textOf, textReply } from "./stage.fixture.ts";

interface Noting {
  readonly at?: number;
  readonly text?: string;
  readonly key?: string;
  readonly reply?: Reply;
  readonly keepable?: boolean;
  readonly stamp?: number;
}

function stage(maxTraces = 100) {
  const kept = new Kept(CACHE_LIMITS);
  const row = kept.shelf("files").row("read");
  const shadow = new Shadow(maxTraces);
  const note = ({ at = 0, text = "a", key = "k", keepable = true, ...more }: Noting = {}): void =>
    shadow.note({
      key,
      row,
      stamp: more.stamp ?? row.watchStamp,
      reply: more.reply ?? textReply(text),
      keepable,
      tookMs: 10,
      now: at,
    });
  return { kept, row, shadow, note, seen: () => shadow.evidence(row) as Evidence };
}

test("each answer is weighed by every tried time to live as a cache would have served it", () => {
  const { note, seen } = stage();
  note({ at: 0, text: "a" });
  note({ at: 5_000, text: "a" });
  note({ at: 15_000, text: "b" });
  note({ at: 20_000, text: "b" });
  note({ at: 100_000, text: "a" });
  const { calls, repeats, comparisons, changed, firstChangeMs, longestMs, hits, wrong, savedMs } = seen();
  assert.deepEqual(TRIED_TTLS, [10_000, 60_000, 300_000, 1_800_000, 3_600_000]);
  assert.deepEqual({ calls, repeats, comparisons, changed }, { calls: 5, repeats: 4, comparisons: 4, changed: 2 });
  assert.deepEqual({ firstChangeMs, longestMs }, { firstChangeMs: 10_000, longestMs: 5_000 });
  // 10 s: the answers at 5 and 20 s. 60 s: those at 5, 15 and 20 s, the latter two with the old answer. Longer: also that at
  // 100 s, when the old answer is true again.
  assert.deepEqual(hits, [2, 3, 4, 4, 4]);
  assert.deepEqual(wrong, [0, 2, 2, 2, 2]);
  assert.deepEqual(savedMs, [20, 30, 40, 40, 40]);
});

test("a tried time to live is over at its millisecond", () => {
  const { note, seen } = stage();
  note({ at: 0 });
  note({ at: 9_999.5 });
  note({ at: 10_000 });
  assert.deepEqual(seen().hits.slice(0, 2), [1, 2]);
});

test("answers are told apart by what they say, not by the envelope around it", () => {
  const { note, seen } = stage();
  note({ text: "a" });
  const result = { content: [{ type: "text", text: "a" }] };
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: "o2-999", result }));
  const start = bytes.indexOf('{"content');
  note({ reply: { bytes, scan: { ...textReply("a").scan, start, end: bytes.length - 1 } } });
  assert.equal(seen().changed, 0);
  note({ text: "aa" });
  note({ text: "ab" });
  assert.equal(seen().changed, 2);
});

test("what cannot be kept counts as a call and leaves what is known alone", () => {
  const { note, seen } = stage();
  note({ at: 0 });
  note({ at: 1_000, text: "error", keepable: false });
  note({ at: 2_000 });
  const { calls, repeats, comparisons, changed } = seen();
  assert.deepEqual({ calls, repeats, comparisons, changed }, { calls: 3, repeats: 2, comparisons: 1, changed: 0 });
});

test("a write of another tool ends what a cache would have served, one of its own does not", () => {
  const { kept, row, note, seen } = stage();
  note({ at: 0 });
  kept.overtake(row);
  note({ at: 1_000 });
  assert.equal(seen().comparisons, 1);
  kept.overtake(kept.shelf("files").row("write"));
  note({ at: 2_000, text: "b" });
  const { comparisons, changed, repeats } = seen();
  assert.deepEqual({ comparisons, changed, repeats }, { comparisons: 1, changed: 0, repeats: 2 });
  note({ at: 3_000, text: "b" });
  assert.deepEqual([seen().comparisons, seen().changed], [2, 0]);
});

test("an answer that a write has overtaken on its way is not compared, nor is the next one", () => {
  const { kept, row, note, seen } = stage();
  note({ at: 0 });
  const stamp = row.watchStamp;
  kept.overtake(kept.shelf("files").row("write"));
  note({ at: 1_000, text: "b", stamp });
  note({ at: 2_000, text: "c" });
  assert.deepEqual([seen().comparisons, seen().changed, seen().calls], [0, 0, 3]);
});

test("as many traces are held as answers would be, the least recently used go first", () => {
  const { note, seen, shadow } = stage(3);
  for (const key of ["a", "b", "c", "a", "d", "a"]) note({ key });
  assert.equal(shadow.size, 3);
  assert.deepEqual([seen().calls, seen().repeats], [6, 2]);
});

test("traces of a removed server go, those of others stay", () => {
  const { kept, shadow, row, note } = stage();
  note({ key: "a" });
  const other = kept.shelf("search").row("read");
  shadow.note({ key: "b", row: other, stamp: 0, reply: textReply("x"), keepable: true, tookMs: 1, now: 0 });
  shadow.forget(row.shelf);
  assert.equal(shadow.size, 1);
  assert.equal(shadow.evidence(other)?.calls, 1);
});

const RULE = { staleWhileRevalidateMs: 0, staleIfErrorMs: 0, scope: "private" as const };
const SILENT = { annotations: { read: undefined, write: undefined } };
const watching = (): Stage => new Stage({ ...SILENT, trusted: false });
const keeping = (ttlMs: number): Stage => {
  const tools: CacheSettings["tools"] = [{ pattern: "read", rule: { ...RULE, ttlMs } }];
  return new Stage({ ...SILENT, trusted: false, cache: { tools } });
};

test("what is forecast is what a cache with that time to live then does on the same calls", async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("read"), path: fc.constantFrom("x", "y", "z") }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("change"), path: fc.constantFrom("x", "y") }) },
    { weight: 1, arbitrary: fc.constant({ kind: "write" }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("pass"),
        ms: fc.constantFrom(1, 4_000, 9_999, 45_000, 500_000, 2_000_000),
      }),
    },
  ) as fc.Arbitrary<{ kind: string; path?: string; ms?: number }>;
  let hits = 0;
  let wrong = 0;
  const forecastsHold = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
    const truth: Record<string, number> = { x: 0, y: 0, z: 0 };
    const watched = watching();
    const kept = TRIED_TTLS.map(keeping);
    const wrongs = TRIED_TTLS.map(() => 0);
    for (const each of [watched, ...kept]) {
      each.answers = ({ params }) => textReply(`${truth[(params.arguments as { path: string }).path]}`);
    }
    for (const { kind, path = "x", ms = 0 } of steps) {
      if (kind === "change") truth[path] = (truth[path] ?? 0) + 1;
      for (const [at, each] of [watched, ...kept].entries()) {
        if (kind === "pass") each.world.advance(ms);
        else if (kind === "write") await each.ask({ tool: "write" });
        else if (kind === "read") {
          const { reply } = await each.ask({ arguments: { path } });
          if (at > 0 && textOf(reply) !== `${truth[path]}`) wrongs[at - 1] = (wrongs[at - 1] as number) + 1;
        }
      }
    }
    const row = watched.cache.shelves()[0]?.rows.get("read");
    const seen = row && watched.cache.evidence(row);
    const measured = kept.map(({ cache }) => cache.counts().hits);
    assert.deepEqual(seen?.hits ?? [0, 0, 0, 0, 0], measured);
    assert.deepEqual(seen?.wrong ?? [0, 0, 0, 0, 0], wrongs);
    hits += measured[0] as number;
    wrong += wrongs[4] as number;
  });
  await fc.assert(forecastsHold, { numRuns: 1_000 });
  assert.ok(hits > 500 && wrong > 100, `${hits} hits, ${wrong} wrong`);
});

test("a call that fails leaves no trace", async () => {
  const here = watching();
  here.answers = () => Promise.reject(new Fault("UPSTREAM_UNAVAILABLE", "away"));
  await assert.rejects(here.ask());
  here.answers = () => replyOf({ result: { isError: true, content: [] } });
  await here.ask();
  const row = here.cache.shelves()[0]?.rows.get("read");
  assert.deepEqual(row && here.cache.evidence(row)?.calls, 1);
});

test("a watched answer that another tool's write has overtaken on its way is compared with nothing", async () => {
  const here = watching();
  here.answers = () => textReply("old");
  await here.ask();
  here.answers = undefined;
  const { reply } = here.start();
  here.answers = () => textReply("written");
  await here.ask({ tool: "write" });
  here.held[0]?.answer(textReply("new"));
  await reply;
  const row = here.cache.shelves()[0]?.rows.get("read");
  const seen = row && here.cache.evidence(row);
  assert.deepEqual([seen?.calls, seen?.comparisons, seen?.changed], [2, 0, 0]);
});

test("with fewer traces allowed the oldest go at once", () => {
  const { shadow, note, seen } = stage();
  for (const key of ["a", "b", "c"]) note({ key });
  shadow.bound(1);
  assert.equal(shadow.size, 1);
  note({ key: "c", at: 5 });
  assert.equal(seen().comparisons, 1, "the newest is the one that stays");
});
