import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { Lru, Node } from "./lru.ts";

class Member extends Node {}

const step = fc.record({
  // Few keys, of which many share a bucket: they differ in the middle only.
  key: fc.constantFrom("a", "b", ...Array.from({ length: 40 }, (_, at) => `same-${at}-ends`)),
  act: fc.constantFrom("add", "add", "use", "delete", "dropOldest"),
});

/** The same with a Map, whose order is that of use when what is used is put in anew. */
function take(lru: Lru<Member>, map: Map<string, Member>, { key, act }: { key: string; act: string }): void {
  const member = map.get(key);
  assert.equal(lru.get(key), member);
  if (act === "dropOldest") {
    const [oldest] = map.values();
    assert.equal(lru.oldest, oldest);
    if (oldest === undefined) return;
    lru.delete(oldest);
    map.delete(oldest.key);
  } else if (member === undefined) {
    if (act !== "add") return;
    const made = new Member(key);
    lru.add(made);
    map.set(key, made);
  } else {
    if (act === "delete") lru.delete(member);
    else lru.use(member);
    map.delete(key);
    if (act !== "delete") map.set(key, member);
  }
}

test("knows after any comings, uses and goings what a Map knows, and who was used least recently", () => {
  holds(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const [lru, map] = [new Lru<Member>(), new Map<string, Member>()];
      for (const each of steps) take(lru, map, each);
      assert.equal(lru.size, map.size);
      assert.deepEqual(new Set(lru.values()), new Set(map.values()));
      for (const member of map.values()) {
        assert.equal(lru.oldest, member);
        lru.delete(member);
      }
      assert.deepEqual([lru.size, lru.oldest], [0, undefined]);
    }),
  );
});

test("grows with its members, keeps their order and uses places again", () => {
  const lru = new Lru<Member>();
  const members = Array.from({ length: 10_000 }, (_, at) => new Member(`${at}`));
  for (const member of members) lru.add(member);
  for (const member of members.slice(0, 5_000)) {
    assert.equal(lru.oldest, member);
    lru.delete(member);
    lru.delete(member);
  }
  for (const member of members.slice(0, 5_000)) lru.add(member);
  assert.equal(Math.max(...members.map(({ place }) => place)), 10_000);
  for (const member of members) assert.equal(lru.get(member.key), member);
  assert.equal(lru.oldest, members[5_000]);
});

test("members may leave while they are visited", () => {
  const lru = new Lru<Member>();
  for (let at = 0; at < 100; at++) lru.add(new Member(`${at}`));
  for (const member of lru.values()) {
    lru.delete(member);
    const { oldest } = lru;
    if (oldest !== undefined) lru.delete(oldest);
  }
  assert.equal(lru.size, 0);
});
