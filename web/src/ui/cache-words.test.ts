import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheAnswer, cacheCounts } from "../fixtures.ts";
import { cacheSentence, clearedSentence, howServed, whyNot } from "./cache-words.ts";

const SENTENCES: readonly [Parameters<typeof cacheAnswer>[0], string][] = [
  [{}, "No call has reached the cache yet."],
  [{ calls: 3, upstream: 3, bypassed: { kind: 3 } }, "No call could have been answered from the cache."],
  [{ calls: 12, shadowed: 12 }, "Nothing is answered from the cache: 12 calls only watched."],
  [{ misses: 1 }, "None of 1 lookup was answered without a server."],
  [
    { hits: 5, stale: 1, misses: 3, hitRate: 6 / 9, savedMs: 4200 },
    "67 % of 9 lookups were answered without a server, which saved 4.2 s of waiting.",
  ],
];

for (const [changes, expected] of SENTENCES)
  test(`the cache reads "${expected}"`, () => assert.equal(cacheSentence(cacheAnswer(changes)), expected));

test("a cache that is off everywhere says so", () => {
  const servers = [{ server: "a", mode: "off" as const, ...cacheCounts({}) }];
  assert.equal(
    cacheSentence(cacheAnswer({ calls: 4, bypassed: { mode_off: 4 }, servers })),
    "The cache is off for every server.",
  );
});

test("reasons stand in words, the most frequent first, and none that did not occur", () => {
  const counts = cacheCounts({ shadowed: 2, bypassed: { not_read_only: 40, asked: 0 }, refused: { too_large: 7 } });
  assert.equal(whyNot(counts), "40 not known to only read, 7 with an answer too large, 2 only watched");
  assert.equal(whyNot(cacheCounts({ hits: 3 })), "");
});

test("a reason that this page does not know is shown as the gateway wrote it", () => {
  const bypassed = { from_the_future: 1 } as never;
  assert.equal(whyNot(cacheCounts({ bypassed })), "1 from_the_future");
});

test("how calls were served names only the ways that occurred", () => {
  assert.equal(howServed(cacheCounts({ hits: 12, coalesced: 3 })), "12 kept, 3 joined an equal call");
  assert.equal(howServed(cacheCounts({})), "");
});

test("a clearing says how much went, of what", () => {
  assert.equal(clearedSentence(0, "files"), "No kept answer of files was dropped.");
  assert.equal(clearedSentence(1, "files / read"), "1 kept answer of files / read was dropped.");
  assert.equal(clearedSentence(1200, ""), "1.2 k kept answers were dropped.");
});
