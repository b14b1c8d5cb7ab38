import assert from "node:assert/strict";
import { test } from "node:test";
import { CACHE_REASONS } from "../src/contract/cache.ts";
import { CACHE_WHY, keepingBrief, keepingSentence } from "../web/src/ui/keeping.ts";

test("a tool's rule is one sentence: how long its answers are kept, or why they are not", () => {
  assert.equal(keepingSentence({ keeping: "keep", reason: null, ttlMs: 300_000 }), "Answers are kept for 5 m.");
  assert.equal(
    keepingSentence({ keeping: "pass", reason: "rule_off", ttlMs: null }),
    "Answers are not kept: its rule says off.",
  );
  assert.match(
    keepingSentence({ keeping: "watch", reason: "shadow_mode", ttlMs: null }),
    /only compared: .* only watches\.$/,
  );
  assert.match(keepingSentence({ keeping: "keep", reason: null, ttlMs: 0 }), /count as old at once/);
  assert.equal(keepingBrief({ keeping: "keep", reason: null, ttlMs: 90_000 }), "kept 1 m 30 s");
});

test("every reason of the gateway has its words", () => assert.deepEqual(Object.keys(CACHE_WHY), [...CACHE_REASONS]));
