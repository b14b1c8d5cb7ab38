import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { holds } from "./holds.fixture.ts";
import { type Chained, Table } from "./table.ts";

class Member implements Chained {
  readonly key: string;
  next: this | undefined = undefined;

  constructor(key: string) {
    this.key = key;
  }
}

const step = fc.record({ key: fc.string({ maxLength: 3 }), leaves: fc.boolean() });

test("knows after any comings and goings what a Map knows", () => {
  holds(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new Table<Member>();
      const map = new Map<string, Member>();
      for (const { key, leaves } of steps) {
        const known = table.get(key);
        assert.equal(known, map.get(key));
        if (known === undefined) {
          const member = new Member(key);
          table.add(member);
          map.set(key, member);
        } else if (leaves) {
          assert.equal(table.delete(known), map.delete(key));
          assert.equal(table.delete(known), false);
        }
      }
      assert.equal(table.size, map.size);
      assert.deepEqual(new Set(table.values()), new Set(map.values()));
    }),
  );
});

test("grows with its members and finds all of them", () => {
  const table = new Table<Member>();
  for (let at = 0; at < 10_000; at++) table.add(new Member(`key ${at} of them`));
  assert.equal(table.size, 10_000);
  for (let at = 0; at < 10_000; at++) assert.equal(table.get(`key ${at} of them`)?.key, `key ${at} of them`);
});

test("visits no member that has left meanwhile", () => {
  const table = new Table<Member>();
  const members = ["a-b", "a+b", "b", "c", "d"].map((key) => new Member(key));
  for (const member of members) table.add(member);
  const visited: Member[] = [];
  for (const member of table.values()) {
    visited.push(member);
    for (const other of members) if (other !== member) table.delete(other);
  }
  assert.equal(visited.length, 1);
});
