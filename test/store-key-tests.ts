// The part of the store's suite about keys: made, used, revoked, and gone after a while.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { MAX_VALID_KEYS, type NewKey } from "#store/tables/keys.ts";
import { faultOf, type Now, opened, type Test } from "./store-kit.ts";

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();

const key = (id: string, more: Partial<NewKey> = {}): NewKey => ({
  id,
  name: id,
  role: "viewer",
  hash: hash(id),
  createdBy: "admin",
  expiresAt: null,
  ...more,
});

export function keyTests(test: Test, now: Now): void {
  const ids = async (): Promise<string[]> => (await now.store.keys.list()).map(({ id }) => id);

  test("keys are valid until they are revoked, and a name is free again then", async () => {
    const expiresAt = 1_900_000_000_123;
    const view = await now.store.keys.create(key("k1", { name: "ci", role: "operator", expiresAt }));
    const { createdAt, ...rest } = view;
    assert.ok(Math.abs(createdAt - Date.now()) < 60_000);
    const stated = { id: "k1", name: "ci", role: "operator", createdBy: "admin", expiresAt };
    assert.deepEqual(rest, { ...stated, lastUsedAt: null, revokedAt: null });
    await faultOf("CONFIG_CONFLICT", now.store.keys.create(key("k2", { name: "ci" })));
    const { createdBy: _, ...known } = stated;
    assert.deepEqual(await now.store.keys.valid(), [{ ...known, hash: hash("k1") }]);
    assert.ok(((await now.store.keys.revoke("k1"))?.revokedAt ?? 0) >= createdAt);
    assert.equal(await now.store.keys.revoke("k1"), null);
    assert.equal(await now.store.keys.revoke("no such key"), null);
    assert.deepEqual(await now.store.keys.valid(), []);
    await now.store.keys.create(key("k2", { name: "ci" }));
    assert.deepEqual(await ids(), ["k2", "k1"], "the valid ones first");
  });

  test("of two keys of one name that are made at once one is made", async () => {
    const made = await Promise.allSettled(
      ["t1", "t2", "t3"].map((id) => now.store.keys.create(key(id, { name: "twin" }))),
    );
    assert.equal(made.filter(({ status }) => status === "fulfilled").length, 1);
    for (const one of made) if (one.status === "rejected") await faultOf("CONFIG_CONFLICT", Promise.reject(one.reason));
  });

  test("the last use of many keys is noted at once, and never goes back", async () => {
    await now.store.keys.create(key("u1"));
    await now.store.keys.used([
      { id: "u1", at: 5_000.5 },
      { id: "no such key", at: 1 },
    ]);
    await now.store.keys.used([{ id: "u1", at: 4_000 }]);
    assert.equal((await now.store.keys.list()).find(({ id }) => id === "u1")?.lastUsedAt, 5_000);
  });

  test("there are at most 1,000 valid keys", async () => {
    const valid = (await now.store.keys.valid()).length;
    await now.store.close();
    await now.backend.sql(`insert into omni2.api_keys (id, name, role, hash, created_by)
      select 'm' || n, 'm' || n, 'viewer', '', 'admin' from generate_series(1, ${MAX_VALID_KEYS - valid - 1}) n`);
    now.store = await opened(now.backend.options);
    await now.store.keys.create(key("last"));
    await faultOf("CONFIG_CONFLICT", now.store.keys.create(key("one too many")));
    await now.store.keys.revoke("m1");
    await now.store.keys.create(key("in its place"));
  });

  test("what was revoked or over before a time is removed; what is valid stays", async () => {
    await now.store.keys.prune(Date.now() + 60_000);
    const left = await ids();
    assert.ok(
      left.includes("u1") && left.includes("k2") && !left.includes("k1") && !left.includes("m1"),
      `${left.length}`,
    );
    await now.store.keys.revoke("k2");
    await now.store.keys.revoke("last");
    await now.store.keys.create(key("over", { expiresAt: Date.now() - 60_000 }));
    await now.store.keys.prune(Date.now() - 30_000);
    const after = await ids();
    assert.ok(after.includes("k2") && !after.includes("over"));
    await now.store.keys.prune(Date.now() + 60_000);
    assert.ok(!(await ids()).includes("k2"));
  });

  test("audit rows are removed before a time, a portion at once", async () => {
    const entry = { principal: "admin", action: "key.create", target: "x", outcome: "ok", detail: {} };
    await now.store.audit.append([
      { at: 1_000, ...entry },
      { at: 2_000, ...entry },
    ]);
    assert.equal(await now.store.audit.prune(2_000), 1);
    assert.equal(await now.store.audit.prune(2_000), 0);
    assert.ok((await now.store.audit.recent(100)).some(({ at }) => at === 2_000));
    assert.equal(await now.store.audit.prune(2_001), 1);
  });
}
