import assert from "node:assert/strict";
import { test } from "node:test";
import { begun, movedOnto, offsetOf, patchIn } from "./edited.ts";

const running = { revision: 4, changes: { omni2: { cache: { ttlMs: 1000 } }, mcpServers: { a: { trusted: true } } } };
const write = (changes: unknown) => ({ ...begun(running), text: JSON.stringify(changes, null, 2) });

test("only what differs from where the text was begun is asked for", () => {
  assert.deepEqual(patchIn(begun(running)), { patch: {} });
  const text = write({ omni2: { cache: { ttlMs: 2000 } }, mcpServers: {} });
  assert.deepEqual(patchIn(text), { patch: { omni2: { cache: { ttlMs: 2000 } }, mcpServers: { a: null } } });
  assert.deepEqual(patchIn({ ...begun(running), text: "  " }), { patch: { omni2: null, mcpServers: null } });
});

test("what cannot be read has a place in the text", () => {
  for (const [text, line, column] of [
    ['{\n  "omni2": {,}\n}', 2, 13],
    ["[]", 1, 1],
    ['{\n  "servers": {}\n}', 2, 3],
  ] as const) {
    const read = patchIn({ ...begun(running), text });
    assert.ok(read.problem !== undefined, text);
    assert.deepEqual([read.line, read.column], [line, column]);
    assert.ok(offsetOf(text, read) < text.length);
  }
  assert.equal(offsetOf("ab\ncd", { line: 2, column: 2 }), 4);
});

test("edits move onto a newer revision and keep what somebody else changed there", () => {
  const mine = write({ ...running.changes, omni2: { cache: { ttlMs: 5 } } });
  const newer = { revision: 5, changes: { ...running.changes, mcpServers: { b: { trusted: true } } } };
  const moved = movedOnto(mine, newer);
  assert.equal(moved.revision, 5);
  assert.deepEqual(JSON.parse(moved.text), { omni2: { cache: { ttlMs: 5 } }, mcpServers: { b: { trusted: true } } });
  assert.deepEqual(patchIn(moved), { patch: { omni2: { cache: { ttlMs: 5 } } } });
});
