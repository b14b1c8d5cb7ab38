import assert from "node:assert/strict";
import { test } from "node:test";
import { digest } from "#access/credentials.ts";
import { Keys } from "#access/keys.ts";
import type { Principal } from "#access/principal.ts";
import type { KeyView } from "#contract/access.ts";
import { Fault, isFault } from "#contract/fault.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { silentLog } from "#lib/log.ts";
import type { StoreState } from "#store/store.ts";
import type { NewKey } from "#store/tables/keys.ts";
import type { Deed } from "./gateway-audit.ts";
import { GatewayKeys } from "./gateway-keys.ts";

const ADMIN: Principal = { id: "admin", role: "admin", via: "token" };

/** A table that several gateways look into. */
function database() {
  const rows: (NewKey & { lastUsedAt: number | null })[] = [];
  const knobs = { isAway: false, hold: Promise.resolve() };
  const uses: { id: string; at: number }[][] = [];
  const view = ({ id, name, role, createdBy, expiresAt, lastUsedAt }: (typeof rows)[number]): KeyView => ({
    id,
    name,
    role,
    createdBy,
    expiresAt,
    lastUsedAt,
    createdAt: 1,
    revokedAt: null,
  });
  const answer = async <T>(make: () => T): Promise<T> => {
    if (knobs.isAway) throw new Fault("STORE_UNAVAILABLE", "away");
    const value = make();
    await knobs.hold;
    return value;
  };
  const table = {
    create: (key: NewKey) =>
      answer(() => {
        const row = { ...key, lastUsedAt: null };
        rows.push(row);
        return view(row);
      }),
    list: () => answer(() => rows.map(view)),
    valid: () => answer(() => [...rows]),
    revoke: (id: string) =>
      answer(() => {
        const at = rows.findIndex((row) => row.id === id);
        const [row] = at === -1 ? [] : rows.splice(at, 1);
        return row === undefined ? null : { ...view(row), revokedAt: 2 };
      }),
    used: (of: readonly { id: string; at: number }[]) => answer(() => void (of.length > 0 && uses.push([...of]))),
    prune: async () => {},
  };
  return Object.assign(knobs, { rows, uses, table });
}

function stage(on = database(), state: StoreState = "ready") {
  const world = handWorld();
  const keys = new Keys(world);
  const deeds: Deed[] = [];
  const ended: string[] = [];
  let tell = (_: StoreState): void => {};
  const store = {
    keys: on.table,
    state,
    onState(listener: (state: StoreState) => void) {
      tell = listener;
      return () => {
        tell = () => {};
      };
    },
  };
  const gateway = new GatewayKeys({
    store,
    world,
    log: silentLog,
    audit: { record: async (deed) => void deeds.push(deed) },
    keys,
    onEnded: ({ id }) => void ended.push(id),
  });
  const find = (key: string) => keys.find(key, digest(key));
  const become = (next: StoreState) => {
    store.state = next;
    tell(next);
  };
  return { on, world, keys, deeds, ended, gateway, find, become };
}

test("a key that is made works at once, is stored as a hash only, and who made it is written down", async () => {
  const { gateway, on, find, deeds } = stage();
  const { key, id, createdBy } = await gateway.create({ name: "ci", role: "operator", expiresInDays: 2 }, ADMIN);
  assert.equal((find(key) as Principal).id, "key:ci");
  assert.equal(createdBy, "admin");
  assert.deepEqual(on.rows[0]?.hash, digest(key));
  assert.ok(!JSON.stringify([on.rows, deeds]).includes(key.slice(-43)));
  const expiresAt = on.rows[0]?.expiresAt;
  assert.equal(expiresAt, 1_700_000_000_000 + 2 * 86_400_000);
  assert.deepEqual(deeds, [
    { principal: ADMIN, action: "key.create", target: "ci", detail: { id, role: "operator", expiresAt } },
  ]);
});

test("a key that is revoked ends at once, with all that it let in; one that is none is KEY_NOT_FOUND", async () => {
  const { gateway, find, ended, deeds } = stage();
  const { key, id } = await gateway.create({ name: "ci", role: "viewer" }, ADMIN);
  await gateway.revoke(id, ADMIN);
  assert.deepEqual([find(key), ended, deeds.at(-1)?.action], ["wrong", ["key:ci"], "key.revoke"]);
  await assert.rejects(gateway.revoke(id, ADMIN), (error) => isFault(error, "KEY_NOT_FOUND"));
});

test("keys are read when the database becomes ready, and go on working when it goes", async () => {
  const on = database();
  const { key } = await stage(on).gateway.create({ name: "ci", role: "viewer" }, ADMIN);
  const later = stage(on, "waiting");
  later.world.advance(20_000);
  assert.equal(later.find(key), "not_known_yet");
  later.become("ready");
  await settle();
  assert.equal((later.find(key) as Principal).id, "key:ci");
  on.isAway = true;
  later.become("lost");
  later.world.advance(3_600_000);
  await settle();
  assert.equal((later.find(key) as Principal).id, "key:ci");
  await assert.rejects(later.gateway.create({ name: "new", role: "viewer" }, ADMIN), (error) =>
    isFault(error, "STORE_UNAVAILABLE"),
  );
});

test("what another gateway makes and revokes on the same database is known here within five seconds", async () => {
  const on = database();
  const [here, there] = [stage(on), stage(on)];
  await settle();
  const { key, id } = await here.gateway.create({ name: "ci", role: "viewer" }, ADMIN);
  assert.equal(there.find(key), "wrong");
  there.world.advance(5_000);
  await settle();
  assert.equal((there.find(key) as Principal).id, "key:ci");
  await here.gateway.revoke(id, ADMIN);
  there.world.advance(5_000);
  await settle();
  assert.deepEqual([there.find(key), there.ended], ["wrong", ["key:ci"]]);
});

test("what was read before a key was made or revoked here changes nothing any more", async () => {
  const { gateway, on, world, find } = stage();
  const old = await gateway.create({ name: "old", role: "viewer" }, ADMIN);
  const gate = Promise.withResolvers<void>();
  on.hold = gate.promise;
  world.advance(5_000);
  on.hold = Promise.resolve();
  await gateway.revoke(old.id, ADMIN);
  const { key } = await gateway.create({ name: "new", role: "viewer" }, ADMIN);
  gate.resolve();
  await settle();
  assert.deepEqual([find(old.key), (find(key) as Principal).id], ["wrong", "key:new"]);
});

test("a key that expires ends what it let in, also while the database is away", async () => {
  const { gateway, on, world, ended, become } = stage();
  await gateway.create({ name: "ci", role: "viewer", expiresInDays: 1 }, ADMIN);
  on.isAway = true;
  become("lost");
  world.advance(86_400_000 + 5_000);
  assert.deepEqual(ended, ["key:ci"]);
});

test("the last use is listed at once, stored at most once a minute, and at the end", async () => {
  const { gateway, on, world, find } = stage();
  const { key, id } = await gateway.create({ name: "ci", role: "viewer" }, ADMIN);
  assert.equal((await gateway.list())[0]?.lastUsedAt, null);
  for (let n = 0; n < 12; n++) {
    find(key);
    world.advance(5_000);
    await settle();
  }
  assert.equal(on.uses.length, 1);
  find(key);
  assert.equal((await gateway.list())[0]?.lastUsedAt, world.wall());
  await gateway.close();
  assert.deepEqual(on.uses.at(-1), [{ id, at: world.wall() }]);
  assert.equal(world.timers, 0);
});

test("a database that is slow is not asked again before it has answered", async () => {
  const { on, world } = stage();
  await settle();
  const gate = Promise.withResolvers<void>();
  on.hold = gate.promise;
  let asked = 0;
  const { valid } = on.table;
  on.table.valid = () => {
    asked++;
    return valid();
  };
  world.advance(60_000);
  await settle();
  assert.equal(asked, 1);
  gate.resolve();
  await settle();
  world.advance(5_000);
  assert.equal(asked, 2);
});
