import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { KeyView } from "#contract/access.ts";
import { type FakeGateway, fakeGateway, refusal } from "./fake-gateway.fixture.ts";

let gateway: FakeGateway;
before(async () => {
  gateway = await fakeGateway();
});
after(() => gateway.close());
beforeEach(() => gateway.reset({}));

const DAY_MS = 86_400_000;
const KEY = "omni2_0123456789ab_secret";
const view = (name: string, more: Partial<KeyView> = {}): KeyView => ({
  id: `id-${name}`,
  name,
  role: "viewer",
  createdAt: Date.now() - 10 * DAY_MS,
  createdBy: "admin",
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  ...more,
});
const list = (...items: KeyView[]): void => {
  gateway.answers["GET /api/keys"] = { status: 200, body: { items } };
};

describe("omni2 keys", () => {
  test("lists who holds one, with what right, and until when", async () => {
    const now = Date.now();
    list(
      view("ever", { role: "admin", lastUsedAt: now - 5 * 60_000 - 10_000 }),
      view("soon", { expiresAt: now + 30 * DAY_MS + 60_000 }),
      view("late", { expiresAt: now - 5 * DAY_MS }),
      view("gone", { revokedAt: now - 2 * 3_600_000 - 60_000, createdBy: "key:ever" }),
    );
    for (const argv of [["keys"], ["keys", "list"]]) {
      gateway.out.length = 0;
      assert.equal(await gateway.run(...argv), 0);
      assert.deepEqual(gateway.out, [
        "NAME  ROLE    ID       STATE               LAST USED  MADE         MADE BY",
        "ever  admin   id-ever  valid               5 min ago  10 days ago  admin",
        "soon  viewer  id-soon  valid for 30 days   never      10 days ago  admin",
        "late  viewer  id-late  expired 5 days ago  never      10 days ago  admin",
        "gone  viewer  id-gone  revoked 2 h ago     never      10 days ago  key:ever",
      ]);
    }
  });

  test("without any says how to make one, and --json is the list", async () => {
    list();
    await gateway.run("keys");
    assert.deepEqual(gateway.out, ["No keys. Make one with `omni2 keys create NAME --role viewer`."]);
    list(view("ci"));
    gateway.out.length = 0;
    await gateway.run("keys", "list", "--json");
    assert.equal(JSON.parse(gateway.out.join(""))[0].name, "ci");
  });
});

describe("omni2 keys create", () => {
  beforeEach(() => {
    gateway.answers["POST /api/keys"] = { status: 201, body: { ...view("ci", { role: "operator" }), key: KEY } };
  });

  test("prints the key once, alone on its line, with what it is good for", async () => {
    assert.equal(await gateway.run("keys", "create", "ci", "--role", "operator", "--expires-in-days", "30"), 0);
    assert.deepEqual(gateway.out, [
      "Made the key ci with the role operator, valid for 30 days.",
      "It is shown only now; send it as `Authorization: Bearer`:",
      KEY,
    ]);
    assert.deepEqual(gateway.asked[0]?.body, { name: "ci", role: "operator", expiresInDays: 30 });
  });

  test("makes a viewer that never expires unless it is told more; --json is the whole answer", async () => {
    await gateway.run("keys", "create", "ci", "--json");
    assert.deepEqual(gateway.asked[0]?.body, { name: "ci", role: "viewer" });
    assert.equal(JSON.parse(gateway.out.join("")).key, KEY);
  });

  test("refuses a role that does not exist and days that are no number, before it asks", async () => {
    for (const wrong of [
      ["--role", "root"],
      ["--expires-in-days", "soon"],
      ["--expires-in-days", "-1"],
    ]) {
      assert.equal((await refusal(gateway.run("keys", "create", "ci", ...wrong))).code, "USAGE", wrong.join(" "));
    }
    assert.deepEqual(gateway.asked, []);
  });
});

describe("omni2 keys revoke", () => {
  test("finds the key by name or by id, the id first, and never one that is revoked", async () => {
    list(view("a"), view("id-a", { id: "id-b" }), view("old", { revokedAt: 1 }));
    gateway.answers["DELETE /api/keys/id-a"] = { status: 204, body: null };
    for (const which of ["a", "id-a"]) {
      gateway.out.length = 0;
      assert.equal(await gateway.run("keys", "revoke", which), 0);
      assert.deepEqual(gateway.out, ["Revoked the key a (id-a); whoever used it is let in no longer."]);
    }
    await gateway.run("keys", "revoke", "a", "--json");
    assert.deepEqual(JSON.parse(gateway.out.at(-1) ?? ""), { revoked: "id-a" });
    for (const none of ["old", "id-old", "nothing"]) {
      assert.equal((await refusal(gateway.run("keys", "revoke", none))).code, "KEY_NOT_FOUND", none);
    }
  });
});
