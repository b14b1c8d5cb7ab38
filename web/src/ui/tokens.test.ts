import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToolView } from "../../../src/contract/api.ts";
import { aboutTokens, tokensOf } from "./tokens.ts";

const tool: ToolView = {
  server: "a",
  name: "b",
  qualifiedName: "a__b",
  title: "t",
  description: "d",
  inputSchema: {},
  annotations: {},
  cache: { keeping: "pass", reason: "mode_off", ttlMs: null },
};

test("a definition is estimated by what a model gets of it, four characters a token", () => {
  const text = '{"name":"a__b","description":"d","inputSchema":{}}';
  assert.equal(tokensOf(tool), Math.ceil(text.length / 4));
  assert.equal(tokensOf({ ...tool, title: "long".repeat(100), annotations: { readOnlyHint: true } }), tokensOf(tool));
});

test("an estimate is called one", () => assert.equal(aboutTokens(1234), "about 1.23 k tokens by estimate"));
