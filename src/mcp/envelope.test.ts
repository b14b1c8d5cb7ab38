import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "#lib/json.ts";
import { type NextHop, paramsForHop, progressTokenOf } from "./envelope.ts";
import { META, MODERN_VERSION } from "./protocol.ts";

const clientInfo = { name: "omni2", version: "1" };
const hop = (more: Partial<NextHop>): NextHop => ({ era: "legacy", progressToken: undefined, clientInfo, ...more });
const envelope = {
  [META.protocolVersion]: MODERN_VERSION,
  [META.clientCapabilities]: { sampling: {} },
  [META.clientInfo]: { name: "caller", version: "9" },
  [META.logLevel]: "debug",
};
const ours = { [META.protocolVersion]: MODERN_VERSION, [META.clientCapabilities]: {}, [META.clientInfo]: clientInfo };
const foreign = { traceparent: "00-1-2-01", "example.com/key": { a: 1 } };

const CASES: [title: string, given: JsonObject, to: NextHop, sent: JsonObject][] = [
  ["legacy to legacy, nothing beside", { a: 1 }, hop({}), { a: 1 }],
  ["legacy to legacy, foreign keys pass", { a: 1, _meta: foreign }, hop({}), { a: 1, _meta: foreign }],
  ["the caller's progress token is taken off", { a: 1, _meta: { progressToken: 7 } }, hop({}), { a: 1 }],
  [
    "our progress token takes its place",
    { _meta: { ...foreign, progressToken: 7 } },
    hop({ progressToken: "o2-1" }),
    { _meta: { ...foreign, progressToken: "o2-1" } },
  ],
  ["modern to legacy, the envelope is taken off", { a: 1, _meta: envelope }, hop({}), { a: 1 }],
  [
    "modern to legacy, foreign keys stay",
    { a: 1, _meta: { ...envelope, ...foreign } },
    hop({}),
    { a: 1, _meta: foreign },
  ],
  ["legacy to modern, ours is put on", { a: 1 }, hop({ era: "modern" }), { a: 1, _meta: ours }],
  [
    "modern to modern, ours replaces the caller's and no capability is declared",
    { _meta: { ...envelope, ...foreign } },
    hop({ era: "modern" }),
    { _meta: { ...foreign, ...ours } },
  ],
  [
    "modern to modern with a log level",
    { _meta: envelope },
    hop({ era: "modern", logLevel: "error" }),
    { _meta: { ...ours, [META.logLevel]: "error" } },
  ],
  [
    "an _meta that is no object",
    { _meta: "odd" },
    hop({ progressToken: "o2-1" }),
    { _meta: { progressToken: "o2-1" } },
  ],
];
for (const [title, given, to, sent] of CASES) {
  test(title, () => {
    const before = structuredClone(given);
    assert.deepEqual(paramsForHop(given, to), sent);
    assert.deepEqual(given, before);
  });
}

test("parameters that need no change are passed as the same object", () => {
  const params = { a: 1 };
  assert.equal(paramsForHop(params, hop({})), params);
});

test("a progress token is a text or a number", () => {
  assert.equal(progressTokenOf({ _meta: { progressToken: 0 } }), 0);
  assert.equal(progressTokenOf({ _meta: { progressToken: "" } }), "");
  for (const odd of [{}, { _meta: {} }, { _meta: { progressToken: {} } }, { _meta: null }]) {
    assert.equal(progressTokenOf(odd), undefined);
  }
});
