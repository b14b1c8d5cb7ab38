import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digest } from "#access/credentials.ts";
import { newKey } from "#access/key-text.ts";
import { ROLES, type Role } from "#contract/access.ts";
import { ROUTES, type RouteKey } from "#contract/api.ts";
import { recordOf } from "#contract/record.fixture.ts";
import { AUDIT_ROW, KEY_VIEW } from "./access.fixture.ts";
import { AUTH, errorOf, JSON_TYPE, post, send } from "./client.fixture.ts";
import { roleFor } from "./routes.ts";
import { TOKEN } from "./stage.fixture.ts";
import { stagedAs } from "./staged.fixture.ts";

const on = await stagedAs("admin");
const url = on.http.url;
on.keys.adopt([]);

/** Headers of somebody with a key. */
function holder(name: string, role: Role): Record<string, string> {
  const { id, key } = newKey();
  on.keys.add({ id, name, role, hash: digest(key), expiresAt: null });
  return { authorization: `Bearer ${key}` };
}

describe("keys over REST", () => {
  test("are listed, made with 201 and revoked with 204", async () => {
    const list = await send(url, "GET /api/keys", { headers: AUTH });
    assert.deepEqual(JSON.parse(list.text), { items: [KEY_VIEW] });
    const made = await send(url, "POST /api/keys", post({ name: "new", role: "operator" }));
    assert.deepEqual(
      [made.status, JSON.parse(made.text)],
      [201, { ...KEY_VIEW, name: "new", role: "operator", key: "omni2_x" }],
    );
    assert.equal(made.headers["cache-control"], "no-store");
    assert.equal((await send(url, "DELETE /api/keys/abc", { headers: AUTH })).status, 204);
    assert.deepEqual(on.acts, [["revoke", "abc"]]);
  });

  test("need a name that fits, a role that exists, and a time in bounds", async () => {
    const wrong: [body: object, path: string][] = [
      [{}, "name"],
      [{ name: "a b" }, "name"],
      [{ name: "x".repeat(41) }, "name"],
      [{ name: "ok", role: "root" }, "role"],
      [{ name: "ok", expiresInDays: 0 }, "expiresInDays"],
      [{ name: "ok", expiresInDays: 3_651 }, "expiresInDays"],
      [{ name: "ok", key: "mine" }, ""],
    ];
    for (const [body, path] of wrong) {
      const reply = await send(url, "POST /api/keys", post(body));
      assert.equal(reply.status, 400, JSON.stringify(body));
      assert.deepEqual((errorOf(reply).issues as { path: string }[])[0]?.path, path);
    }
  });

  test("the audit log is read from its newest row, as many as asked", async () => {
    const reply = await send(url, "GET /api/audit?limit=7", { headers: AUTH });
    assert.deepEqual([JSON.parse(reply.text), on.acts], [{ items: [AUDIT_ROW] }, [["audit", 7]]]);
    assert.equal((await send(url, "GET /api/audit?limit=1001", { headers: AUTH })).status, 400);
  });
});

test("a login is written down, one that is refused too, and one that has to wait is neither", async () => {
  const login = (token: string) =>
    send(url, "POST /api/login", { headers: JSON_TYPE, body: JSON.stringify({ token }) });
  const { authorization = "" } = holder("ann", "viewer");
  for (const token of ["wrong", TOKEN, authorization.slice("Bearer ".length)]) await login(token);
  assert.deepEqual(on.acts, [
    ["login", null],
    ["login", "admin"],
    ["login", "key:ann"],
  ]);
});

describe("a role", () => {
  const path = (key: string): string => key.replace("{name}", "files").replace("{id}", "c_1").replace("{n}", "1");
  const guarded = (Object.keys(ROUTES) as RouteKey[]).filter((key) => ROUTES[key].for !== "everybody");
  for (const role of ROLES) {
    test(`${role} may use what its row of the route table says, and is told which role the rest needs`, async () => {
      const headers = { ...holder(`every-${role}`, role), ...JSON_TYPE };
      const verdicts: string[] = [];
      for (const key of guarded) {
        const reply = await send(url, path(key), { headers, body: /^(POST|PATCH)/.test(key) ? "{}" : "" });
        const needs = /needs the role (\w+)/.exec(reply.text)?.[1];
        const allowed = ROLES.indexOf(role) >= ROLES.indexOf(roleFor(key));
        assert.equal(needs, allowed ? undefined : roleFor(key), `${key}: ${reply.status} ${reply.text.slice(0, 200)}`);
        assert.equal(reply.status === 403, !allowed, key);
        assert.notEqual(reply.status, 401, key);
        verdicts.push(`${key} ${allowed}`);
      }
      assert.equal(verdicts.length, guarded.length);
    });
  }

  test("viewer sees its own calls only: others' do not exist for it", async () => {
    const asked: unknown[] = [];
    const { calls } = on.deps;
    const { page, get } = calls;
    Object.assign(calls, {
      page: async (query: { principal?: string }) => {
        asked.push(query.principal);
        return { items: [] };
      },
      get: async (id: string) => recordOf({ id, principal: id === "c_own" ? "key:vic" : "key:else" }),
    });
    const headers = holder("vic", "viewer");
    for (const query of ["", "?principal=key:vic", "?principal=key:else"]) {
      assert.equal((await send(url, `GET /api/calls${query}`, { headers })).status, 200);
    }
    assert.deepEqual(asked.splice(0), ["key:vic", "key:vic"]);
    assert.equal((await send(url, "GET /api/calls/c_own", { headers })).status, 200);
    const others = await send(url, "GET /api/calls/c_else", { headers });
    assert.deepEqual([others.status, errorOf(others).code], [404, "CALL_NOT_FOUND"]);
    const operator = holder("op", "operator");
    await send(url, "GET /api/calls?principal=key:else", { headers: operator });
    assert.deepEqual(asked, ["key:else"]);
    assert.equal((await send(url, "GET /api/calls/c_else", { headers: operator })).status, 200);
    Object.assign(calls, { page, get });
  });
});
