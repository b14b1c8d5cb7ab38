import assert from "node:assert/strict";
import { test } from "node:test";
import { keepingBrief, keepingSentence } from "../web/src/ui/keeping.ts";

test("a tool's rule is one sentence: how long its answers are kept, or why they are not", () => {
  assert.equal(keepingSentence({ keeping: "keep", reason: null, ttlMs: 300_000 }), "Answers are kept for 5 m.");
  assert.equal(
    keepingSentence({ keeping: "pass", reason: "rule_off", ttlMs: null }),
    'Answers are not kept, because a rule in the server\'s cache.tools says "off" for this tool.',
  );
  assert.match(
    keepingSentence({ keeping: "watch", reason: "shadow_mode", ttlMs: null }),
    /^Answers are not kept, only compared, because the server's cache mode is shadow: /,
  );
  assert.match(keepingSentence({ keeping: "keep", reason: null, ttlMs: 0 }), /count as old at once/);
  assert.equal(keepingBrief({ keeping: "keep", reason: null, ttlMs: 90_000 }), "kept 1 m 30 s");
});
