import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { handWorld } from "#lib/hand-world.ts";
import { holds } from "#lib/holds.fixture.ts";
import type { KnownKey } from "#store/tables/keys.ts";
import { digest } from "./credentials.ts";
import { keyId, newKey } from "./key-text.ts";
import { Keys } from "./keys.ts";

const HOUR_MS = 3_600_000;

function made(name: string, more: Partial<KnownKey> = {}): { key: string; known: KnownKey } {
  const { id, key } = newKey();
  return { key, known: { id, name, role: "viewer", hash: digest(key), expiresAt: null, ...more } };
}

function stage(...known: KnownKey[]) {
  const world = handWorld();
  const keys = new Keys(world);
  keys.adopt(known);
  return { world, keys, find: (text: string) => keys.find(text, digest(text)) };
}

describe("the text of a key", () => {
  test("says its id and has 256 random bits beside it; no two are alike", () => {
    const all = Array.from({ length: 100 }, newKey);
    for (const { id, key } of all) {
      assert.match(key, /^omni2_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
      assert.equal(keyId(key), id);
    }
    assert.equal(new Set(all.map(({ key }) => key)).size, 100);
  });

  test("is read exactly: whatever else is given has no id, and nothing makes reading fail", () => {
    const { key } = newKey();
    for (const odd of ["", "omni2_", key.slice(0, -1), `${key}x`, ` ${key}`, `${key}\n`, key.toUpperCase()]) {
      assert.equal(keyId(odd), null, JSON.stringify(odd));
    }
    const { find } = stage();
    const near = fc.tuple(fc.nat(key.length), fc.string({ unit: "binary", maxLength: 60 }));
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      near.map(([at, more]) => key.slice(0, at) + more),
    );
    holds(
      fc.property(text, (it) => {
        const id = keyId(it);
        return (id === null || it.startsWith(`omni2_${id}_`)) && find(it) === "wrong";
      }),
    );
  });
});

describe("keys", () => {
  test("are found by id and secret: the holder is named after the key and has its role", () => {
    const ann = made("ann", { role: "operator" });
    const bob = made("bob");
    const { find } = stage(ann.known, bob.known);
    assert.deepEqual(find(ann.key), { id: "key:ann", role: "operator", via: "key", key: ann.known.id });
    assert.equal(find(ann.key.slice(0, 19) + bob.key.slice(19)), "wrong", "ann's id with bob's secret");
    assert.equal(find(newKey().key), "wrong");
  });

  test("are not known before the first were read; what is known stays while nothing is read", () => {
    const ann = made("ann");
    const keys = new Keys(handWorld());
    assert.equal(keys.find(ann.key, digest(ann.key)), "not_known_yet");
    keys.adopt([ann.known]);
    assert.notEqual(typeof keys.find(ann.key, digest(ann.key)), "string");
  });

  test("that are read no longer have ended, and who holds them is told", () => {
    const [ann, bob, cat] = [made("ann"), made("bob"), made("cat")];
    const { keys, find } = stage(ann.known, bob.known);
    assert.deepEqual(
      keys.adopt([bob.known, cat.known]).map(({ id }) => id),
      ["key:ann"],
    );
    assert.deepEqual([find(ann.key), typeof find(bob.key), typeof find(cat.key)], ["wrong", "object", "object"]);
    assert.equal(keys.end(bob.known.id)?.id, "key:bob");
    assert.equal(keys.end(bob.known.id), undefined);
    assert.equal(find(bob.key), "wrong");
  });

  test("hold until they end or expire, which is told once", () => {
    const world = handWorld();
    const soon = made("soon", { expiresAt: world.wall() + HOUR_MS });
    const ever = made("ever");
    const on = stage(soon.known, ever.known);
    const [a, b] = [on.find(soon.key), on.find(ever.key)];
    assert.ok(typeof a === "object" && typeof b === "object");
    on.world.advance(HOUR_MS - 1);
    assert.deepEqual([on.keys.holds(a), on.keys.takeExpired()], [true, []]);
    on.world.advance(1);
    assert.deepEqual([on.keys.holds(a), on.keys.holds(b), on.find(soon.key)], [false, true, "expired"]);
    assert.deepEqual([on.keys.takeExpired(), on.keys.takeExpired()], [[a], []]);
    on.keys.end(ever.known.id);
    assert.equal(on.keys.holds(b), false);
    assert.equal(on.keys.holds({ id: "admin", role: "admin", via: "token" }), true);
  });

  test("tell their last use at most once a minute each, and all of it at the end", () => {
    const ann = made("ann");
    const { world, keys, find } = stage(ann.known, made("idle").known);
    const { id } = ann.known;
    assert.equal(keys.usedAt(id), 0);
    find(ann.key);
    find(ann.key.slice(0, 19) + newKey().key.slice(19));
    const first = world.wall();
    assert.deepEqual(keys.takeUses({ all: false }), [{ id, at: first }]);
    for (let n = 0; n < 59; n++) {
      world.advance(1_000);
      find(ann.key);
      assert.deepEqual(keys.takeUses({ all: false }), []);
    }
    assert.equal(keys.usedAt(id), world.wall());
    assert.deepEqual(keys.takeUses({ all: true }), [{ id, at: world.wall() }]);
    assert.deepEqual(keys.takeUses({ all: true }), []);
  });
});
