import assert from "node:assert/strict";
import { test } from "node:test";
import { CACHE_LIMITS, type CacheLimits, type CacheRule } from "#contract/cache.ts";
import { type Entry, OVERHEAD_BYTES } from "./entry.ts";
import { Kept } from "./kept.ts";
import type { Row } from "./shelf.ts";
import { textReply } from "./stage.fixture.ts";

const RULE: CacheRule = { ttlMs: 100, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, scope: "private" };

interface Putting {
  readonly row?: Row;
  readonly text?: string;
  readonly rule?: Partial<CacheRule>;
  readonly at?: number;
  readonly costMs?: number;
  readonly stamp?: number;
}

function stage(limits: Partial<CacheLimits> = {}) {
  const kept = new Kept({ ...CACHE_LIMITS, ...limits });
  const row = kept.shelf("files").row("read");
  const put = (key: string, { text = key, rule, at = 0, costMs = 0, ...more }: Putting = {}): boolean => {
    const to = more.row ?? row;
    const reply = textReply(text);
    const fields = { row: to, owner: null, reply, rule: { ...RULE, ...rule }, hinted: false, storedAt: at, costMs };
    return kept.put(key, fields, more.stamp ?? to.stamp);
  };
  const keys = (at = 0): string[] => ["a", "b", "c", "d"].filter((key) => kept.get(key, at) !== undefined);
  return { kept, row, put, keys };
}

test("an answer is kept to the millisecond before its time is over", () => {
  const { kept, put } = stage();
  put("a", { at: 0.5 });
  assert.ok(kept.get("a", 100.499));
  assert.equal(kept.get("a", 100.5), undefined);
  assert.equal(kept.size, 0);
  assert.equal(kept.counts.snapshot().expirations, 1);
});

test("an answer stays as long as it may be served as anything", () => {
  const { kept, put } = stage();
  put("a", { rule: { staleWhileRevalidateMs: 20, staleIfErrorMs: 50 } });
  const { freshUntil, revalidateUntil, staleUntil } = kept.get("a", 149) as Entry;
  assert.deepEqual([freshUntil, revalidateUntil, staleUntil], [100, 120, 150]);
  assert.equal(kept.get("a", 150), undefined);
});

test("the least recently used goes first, and being read is a use", () => {
  const { kept, put, keys } = stage({ maxEntries: 3 });
  for (const key of ["a", "b", "c"]) put(key);
  kept.get("a", 0);
  put("d");
  assert.deepEqual(keys(), ["a", "c", "d"]);
  assert.equal(kept.counts.snapshot().evictions, 1);
});

test("smaller bounds let the least recently used go at once, wider ones keep more from then on", () => {
  const { kept, put, keys } = stage();
  for (const key of ["a", "b", "c"]) put(key);
  kept.bound({ ...CACHE_LIMITS, maxEntries: 1, maxEntryBytes: 10 });
  assert.deepEqual([keys(), kept.counts.snapshot().evictions, kept.maxAnswerBytes], [["c"], 2, 10]);
  kept.bound(CACHE_LIMITS);
  put("d");
  assert.deepEqual([keys(), kept.limits], [["c", "d"], CACHE_LIMITS]);
});

test("as many go as a large one needs room for", () => {
  const { kept, put, keys } = stage({ maxBytes: 3 * OVERHEAD_BYTES + 400 });
  for (const key of ["a", "b", "c"]) put(key);
  put("d", { text: "x".repeat(1_000) });
  assert.deepEqual(keys(), ["c", "d"]);
  assert.equal(kept.counts.snapshot().evictions, 2);
});

test("no answer is larger than there is room for, whatever the largest one may be", () => {
  const { kept } = stage({ maxBytes: 10_000, maxEntryBytes: 20_000 });
  assert.equal(kept.maxAnswerBytes, 8_192, "whole pages within 8,500 bytes");
  assert.equal(stage({ maxEntryBytes: 500 }).kept.maxAnswerBytes, 500);
});

test("a new answer takes the place of the old one, which is neither an eviction nor an invalidation", () => {
  const { kept, put } = stage();
  put("a", { text: "old" });
  const { bytes } = kept;
  put("a", { text: "new" });
  assert.deepEqual([kept.size, kept.bytes], [1, bytes]);
  const { evictions, invalidations, expirations } = kept.counts.snapshot();
  assert.deepEqual([evictions, invalidations, expirations], [0, 0, 0]);
});

test("an answer to an earlier question does not take the place of one to a later question", () => {
  const { kept, put } = stage();
  assert.equal(put("a", { text: "new", at: 20, costMs: 5 }), true);
  assert.equal(put("a", { text: "old", at: 30, costMs: 16 }), false);
  assert.match(String(kept.get("a", 30)?.held.reply.bytes), /new/);
  assert.equal(put("a", { text: "newest", at: 30, costMs: 15 }), true);
});

test("an answer that was asked for before an invalidation never comes in", () => {
  const doings: [string, (stage_: ReturnType<typeof stage>) => void][] = [
    ["of everything", ({ kept }) => kept.invalidate({})],
    ["of its server", ({ kept }) => kept.invalidate({ server: "files" })],
    ["of its tool", ({ kept }) => kept.invalidate({ server: "files", tool: "read" })],
    ["of its tool on every server", ({ kept }) => kept.invalidate({ tool: "read" })],
    ["by a write", ({ kept }) => kept.overtake(kept.shelf("files").row("write"))],
    ["by the removal of its server", ({ kept }) => kept.forget("files")],
  ];
  for (const [title, doing] of doings) {
    const here = stage();
    const { stamp } = here.row;
    here.put("a");
    doing(here);
    assert.equal(here.kept.size, 0, title);
    assert.equal(here.put("a", { stamp }), false, title);
    assert.equal(here.kept.size, 0, title);
  }
});

test("an invalidation of another server or tool keeps nothing out", () => {
  const { kept, row, put } = stage();
  const { stamp } = row;
  kept.shelf("search").row("read");
  kept.invalidate({ server: "search" });
  kept.invalidate({ server: "unknown" });
  kept.invalidate({ server: "files", tool: "list" });
  kept.overtake(kept.shelf("search").row("read"));
  kept.forget("search");
  assert.ok(put("a", { stamp }));
});

test("while a write may still take effect nothing is kept that was asked for before that is over", () => {
  const { row, put } = stage();
  row.shelf.unsettledUntil = 50;
  assert.equal(put("a", { at: 49 }), false);
  assert.equal(put("a", { at: 60, costMs: 11 }), false);
  assert.equal(put("a", { at: 60, costMs: 10 }), true);
});

test("a write that ends after its server came back anew empties the new shelf and spoils what is on its way there", () => {
  const { kept, row, put } = stage();
  kept.forget("files");
  const anew = kept.shelf("files").row("read");
  const { stamp } = anew;
  put("a", { row: anew });
  assert.equal(kept.overtake(row), 1);
  assert.equal(put("a", { row: anew, stamp }), false);
  assert.equal(put("a", { row }), false, "the old shelf is gone");
});

test("a sweep drops what is over a step at a time, without being asked for it", () => {
  const { kept, put } = stage({ maxEntries: 10_000 });
  for (let at = 0; at < 5_000; at++) put(`k${at}`, { rule: { ttlMs: at % 2 === 0 ? 10 : 100 } });
  const steps = [...kept.sweep(() => 10)].length;
  assert.equal(steps, 2);
  assert.equal(kept.size, 2_500);
  assert.equal(kept.counts.snapshot().expirations, 2_500);
});

test("what is added or dropped while a sweep rests does not confuse it", () => {
  const { kept, put } = stage({ maxEntries: 10_000 });
  for (let at = 0; at < 3_000; at++) put(`k${at}`, { rule: { ttlMs: 10 } });
  const sweep = kept.sweep(() => 10);
  sweep.next();
  kept.invalidate({});
  put("a", { at: 5 });
  put("b", { at: 10, rule: { ttlMs: 0 } });
  while (sweep.next().done !== true);
  // What comes in behind the sweep is met by the next one.
  for (const _ of kept.sweep(() => 10));
  assert.equal(kept.size, 1);
});

test("a process short of memory keeps half, the newest", () => {
  const { kept, put, keys } = stage({ maxEntries: 4 });
  for (const key of ["a", "b", "c", "d"]) put(key);
  kept.shrink();
  assert.deepEqual(keys(), ["c", "d"]);
});
