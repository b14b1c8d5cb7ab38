import assert from "node:assert/strict";
import { test } from "node:test";
import type { CacheSettings } from "#contract/cache.ts";
import { Stage } from "./stage.fixture.ts";

const RULE = { ttlMs: 60_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, scope: "private" as const };
const KINDS = ["trusted", "readOnly", "openWorld", "rule", "large"] as const;

for (let bits = 0; bits < 2 ** KINDS.length; bits++) {
  const [trusted, readOnly, openWorld, rule, large] = KINDS.map((_, at) => (bits & (1 << at)) !== 0);
  const isKept = !large && (rule || (trusted && readOnly && !openWorld));
  const words = KINDS.filter((_, at) => (bits & (1 << at)) !== 0).join(", ");
  test(`a tool that is ${words === "" ? "nothing of all" : words}: its answers are ${isKept ? "kept" : "not kept"}`, async () => {
    const tools: CacheSettings["tools"] = rule ? [{ pattern: "read", rule: RULE }] : [];
    const annotations = {
      read: { ...(readOnly && { readOnlyHint: true }), ...(openWorld && { openWorldHint: true }) },
    };
    const stage = new Stage({ trusted: trusted === true, annotations, cache: { tools } });
    const asking = { arguments: { x: "x".repeat(large ? 65_536 : 10) } };
    await stage.ask(asking);
    const { call } = await stage.ask(asking);
    assert.deepEqual([stage.count, call.disposition === "hit"], isKept ? [1, true] : [2, false]);
    assert.equal(stage.cache.counts().entries, isKept ? 1 : 0);
  });
}
