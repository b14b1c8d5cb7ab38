import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallRecord } from "../../../src/contract/call.ts";
import type { CallsPage } from "../../../src/contract/history.ts";
import { callRecord } from "../fixtures.ts";
import { type CallLog, NO_CALLS, passes, torn, withNewest, withOlder, withRoom, withTold } from "./call-log.ts";

const call = (at: number): CallRecord => callRecord({ id: `c${String(at).padStart(5, "0")}`, at });
const calls = (from: number, to: number): CallRecord[] =>
  Array.from({ length: from - to + 1 }, (_, index) => call(from - index));
const ats = ({ rows }: CallLog): number[] => rows.map(({ at }) => at);
/** Calls newest first, of a journal that holds more unless `to` is its first. */
const page = (from: number, to: number, first = 1): CallsPage => {
  const items = calls(from, to);
  return to > first ? { items, next: `after ${to}` } : { items };
};

test("the newest page and what is told live make one list without doubles, newest first", () => {
  const log = withTold(withNewest(NO_CALLS, page(5, 3)), [call(5), call(7), call(6)]);
  assert.deepEqual(ats(log), [7, 6, 5, 4, 3]);
  assert.equal(log.next, "after 3");
});

test("older pages follow at the end until there are none", () => {
  const log = withOlder(withNewest(NO_CALLS, page(5, 3)), page(2, 1));
  assert.deepEqual([ats(log), log.next], [[5, 4, 3, 2, 1], null]);
});

test("a newest page that does not reach the known rows replaces them", () => {
  const log = withNewest(withNewest(NO_CALLS, page(5, 3)), page(20, 11));
  assert.deepEqual([ats(log)[0], ats(log).at(-1), log.next], [20, 11, "after 11"]);
});

test("after a gap only what the newest page covers is kept, even where both overlap", () => {
  const told = withTold(torn(withNewest(NO_CALLS, page(5, 3))), calls(30, 15));
  const log = withNewest(told, page(29, 20));
  assert.deepEqual(
    ats(log),
    calls(30, 20).map(({ at }) => at),
  );
});

test("a call that began before the last row waits for its page", () => {
  const first = withNewest(NO_CALLS, page(5, 3));
  assert.deepEqual(ats(withTold(first, [call(2)])), [5, 4, 3]);
  assert.deepEqual(ats(withTold(withNewest(NO_CALLS, { items: calls(5, 3) }), [call(2)])), [5, 4, 3, 2]);
});

test("more than 500 rows are not kept by themselves, and the way to the older ones is found again", () => {
  const full = withTold(withNewest(NO_CALLS, page(700, 601)), calls(1_200, 701));
  assert.deepEqual([full.rows.length, ats(full).at(-1), full.next], [500, 701, undefined]);
  const wider = withRoom(full, page(1_200, 201));
  assert.deepEqual([wider.rows.length, ats(wider).at(-1), wider.next], [1_000, 201, "after 201"]);
});

test("the page narrows as the gateway does: each value exactly", () => {
  const one = callRecord({ server: "files", name: "read", principal: "local", outcome: "ok", disposition: "hit" });
  const yes = [{}, { server: "files" }, { tool: "read", disposition: "hit" }, { principal: "local", outcome: "ok" }];
  for (const filter of yes) assert.equal(passes(filter, one), true);
  for (const filter of [{ server: "file" }, { tool: "files" }, { outcome: "fault" }, { disposition: "miss" }])
    assert.equal(passes(filter, one), false);
});
