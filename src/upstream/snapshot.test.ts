import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_LISTS, parseSnapshot, type Snapshot, snapshotHash } from "./snapshot.ts";

const SNAPSHOT: Snapshot = {
  era: "modern",
  protocolVersion: "2026-07-28",
  serverInfo: { name: "s", version: "1" },
  instructions: null,
  capabilities: { tools: {} },
  lists: { ...EMPTY_LISTS, tools: [{ name: "a", inputSchema: { type: "object" } }] },
  hints: { tools: { ttlMs: 1, cacheScope: "public" } },
};

test("a snapshot comes back from the database as it was", () => {
  assert.deepEqual(parseSnapshot(JSON.parse(JSON.stringify(SNAPSHOT))), SNAPSHOT);
});

const OTHERS: [title: string, value: unknown][] = [
  ["nothing", undefined],
  ["null", null],
  ["a list", []],
  ["no lists", { ...SNAPSHOT, lists: undefined }],
  ["a missing list", { ...SNAPSHOT, lists: { tools: [] } }],
  ["a list of texts", { ...SNAPSHOT, lists: { ...EMPTY_LISTS, tools: ["a"] } }],
  ["no capabilities", { ...SNAPSHOT, capabilities: null }],
  ["an unknown era", { ...SNAPSHOT, era: "future" }],
];
for (const [title, value] of OTHERS) {
  test(`${title} is no snapshot and is fetched anew`, () => assert.equal(parseSnapshot(value), undefined));
}

test("equal snapshots have equal hashes, whatever the order of keys; others do not", () => {
  const turned = Object.fromEntries(Object.entries(SNAPSHOT).reverse()) as unknown as Snapshot;
  assert.equal(snapshotHash(turned), snapshotHash(SNAPSHOT));
  assert.notEqual(snapshotHash({ ...SNAPSHOT, instructions: "x" }), snapshotHash(SNAPSHOT));
  const more = { ...SNAPSHOT, lists: { ...SNAPSHOT.lists, tools: [...SNAPSHOT.lists.tools, { name: "b" }] } };
  assert.notEqual(snapshotHash(more), snapshotHash(SNAPSHOT));
});
