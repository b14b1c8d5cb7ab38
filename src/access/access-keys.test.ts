import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { describe, test } from "node:test";
import type { Role } from "#contract/access.ts";
import { Fault } from "#contract/fault.ts";
import { handWorld } from "#lib/hand-world.ts";
import { type AccessSettings, createAccess } from "./access.ts";
import { digest } from "./credentials.ts";
import type { Asking } from "./identify.ts";
import { newKey } from "./key-text.ts";
import { Keys } from "./keys.ts";
import type { Principal } from "./principal.ts";
import { SESSION_LIMITS } from "./sessions.ts";

const TOKEN = "Zq8-vv1N_0pLx7Rt-long-enough";
const ORIGIN = "http://localhost:8000";
const HOUR_MS = 3_600_000;

function stage(settings: Partial<AccessSettings> = {}) {
  const world = handWorld();
  const keys = new Keys(world);
  const base: AccessSettings = { bindHost: "127.0.0.1", adminToken: TOKEN, mcp: "open", hosts: [], origins: [] };
  const access = createAccess({ ...base, ...settings }, world, keys);
  access.listening(8000);
  const give = (name: string, role: Role = "viewer", forMs?: number) => {
    const { id, key } = newKey();
    keys.add({ id, name, role, hash: digest(key), expiresAt: forMs === undefined ? null : world.wall() + forMs });
    return { id, key, principal: { id: `key:${name}`, role, via: "key", key: id } satisfies Principal };
  };
  return { world, keys, access, give };
}

const ask = (headers: IncomingHttpHeaders, method = "GET", remoteAddress = "127.0.0.1"): Asking => ({
  headers: { host: "localhost:8000", ...headers },
  method,
  socket: { remoteAddress },
});
const bearer = (token: string): IncomingHttpHeaders => ({ authorization: `Bearer ${token}` });
const codeOf = (answer: unknown): string => (answer instanceof Fault ? answer.code : "ok");

test("a key is its holder on the people's side, on MCP behind a token, and beside the admin token", () => {
  const { access, keys, give } = stage({ mcp: "token" });
  keys.adopt([]);
  const { key, principal } = give("ci", "operator");
  assert.deepEqual(access.peoplePrincipal(ask(bearer(key))), principal);
  assert.deepEqual(access.mcpPrincipal(ask(bearer(key))), principal);
  assert.equal(codeOf(access.peoplePrincipal(ask(bearer(newKey().key)))), "UNAUTHENTICATED");
  assert.deepEqual(access.peoplePrincipal(ask(bearer(TOKEN))), { id: "admin", role: "admin", via: "token" });
});

describe("on an open loopback listener", () => {
  test("who brings a key is its holder, who brings none is local, and what was meant as a key must be right", () => {
    const { access, keys, give } = stage();
    keys.adopt([]);
    const { key, principal } = give("ci");
    const mcp = (authorization?: string) =>
      access.mcpPrincipal(ask(authorization === undefined ? {} : { authorization }));
    assert.deepEqual(mcp(`Bearer ${key}`), principal);
    for (const local of [undefined, "Bearer somebody-elses-token", "Basic abc"]) {
      assert.deepEqual(mcp(local), { id: "local", role: "operator", via: "local" }, local);
    }
    for (const wrong of [
      `Bearer ${newKey().key}`,
      `Bearer ${key}x`,
      "Bearer omni2_",
      `Basic ${key}`,
      `Bearer  x ${key}`,
      key,
    ]) {
      assert.equal(codeOf(mcp(wrong)), "UNAUTHENTICATED", wrong);
    }
  });
});

test("before the keys are known a key is asked to wait, and the admin token works", () => {
  const { access } = stage({ bindHost: "0.0.0.0" });
  const { key } = newKey();
  for (const outcome of [
    access.peoplePrincipal(ask(bearer(key))),
    access.mcpPrincipal(ask(bearer(key))),
    access.upgradeLease(ask(bearer(key)), null),
    access.login(ask({}, "POST"), key),
  ]) {
    assert.ok(outcome instanceof Fault && outcome.code === "STORE_UNAVAILABLE" && outcome.retryAfterMs !== undefined);
    assert.ok(!outcome.message.includes(key.slice(-43)));
  }
  assert.equal(codeOf(access.mcpPrincipal(ask(bearer(TOKEN)))), "ok");
});

test("wrong keys pause a remote address like wrong tokens; one that has expired does not", () => {
  const { access, keys, world, give } = stage();
  keys.adopt([]);
  const { key } = give("old", "viewer", HOUR_MS);
  world.advance(HOUR_MS);
  const from = (text: string, address: string) => codeOf(access.peoplePrincipal(ask(bearer(text), "GET", address)));
  for (let n = 0; n < 30; n++) assert.equal(from(key, "10.0.0.8"), "UNAUTHENTICATED");
  assert.equal(from(TOKEN, "10.0.0.8"), "ok");
  for (let n = 0; n < 10; n++) from(newKey().key, "10.0.0.9");
  assert.equal(from(TOKEN, "10.0.0.9"), "RATE_LIMITED");
});

describe("what a key let in", () => {
  const openAll = () => {
    const on = stage();
    const { access, give } = on;
    const { id, key } = give("ann", "operator", 2 * HOUR_MS);
    const login = access.login(ask({}, "POST"), key);
    assert.ok(!(login instanceof Fault));
    const cookie = { cookie: login.cookie.split(";")[0] as string };
    assert.deepEqual(access.peoplePrincipal(ask(cookie)), { id: "key:ann", role: "operator", via: "cookie", key: id });
    const ticketFor = (headers: IncomingHttpHeaders): string => {
      const principal = access.peoplePrincipal(ask(headers));
      assert.ok(!(principal instanceof Fault));
      return access.issueTicket(ask(headers), principal).ticket;
    };
    const unused = ticketFor(bearer(key));
    const leases = [
      access.upgradeLease(ask(bearer(key)), null),
      access.upgradeLease(ask({ ...cookie, origin: ORIGIN }), null),
      access.upgradeLease(ask({}), ticketFor(bearer(key))),
      access.upgradeLease(ask({}), ticketFor(cookie)),
    ].map((lease) => (lease instanceof Fault ? assert.fail(lease.message) : lease));
    const valid = () => leases.map((lease) => lease.valid());
    const doors = () => [
      codeOf(access.peoplePrincipal(ask(bearer(key)))),
      codeOf(access.peoplePrincipal(ask(cookie))),
      codeOf(access.upgradeLease(ask({}), unused)),
    ];
    return { ...on, id, valid, doors };
  };
  const CLOSED = ["UNAUTHENTICATED", "UNAUTHENTICATED", "UNAUTHENTICATED"];

  test("ends when it is revoked: connections by key, cookie and ticket, the login, and tickets not used yet", () => {
    const { keys, id, valid, doors } = openAll();
    assert.deepEqual(valid(), [true, true, true, true]);
    keys.adopt([]);
    assert.equal(keys.end(id), undefined, "gone already");
    assert.deepEqual([valid(), doors()], [[false, false, false, false], CLOSED]);
  });

  test("ends when it expires", () => {
    const { world, valid, doors } = openAll();
    world.advance(2 * HOUR_MS - 1);
    assert.deepEqual(valid(), [true, true, true, true]);
    world.advance(1);
    assert.deepEqual([valid(), doors()], [[false, false, false, false], CLOSED]);
  });
});

test("logins of one key crowd out each other, not those of others", () => {
  const { access, give } = stage();
  const { key } = give("ann");
  const cookieOf = (secret: string): IncomingHttpHeaders => {
    const login = access.login(ask({}, "POST"), secret);
    return login instanceof Fault ? assert.fail(login.message) : { cookie: login.cookie.split(";")[0] as string };
  };
  const admins = cookieOf(TOKEN);
  const [first, ...others] = Array.from({ length: SESSION_LIMITS.perKey + 1 }, () => cookieOf(key));
  assert.equal(codeOf(access.peoplePrincipal(ask(first ?? {}))), "UNAUTHENTICATED");
  for (const kept of [admins, ...others]) assert.equal(codeOf(access.peoplePrincipal(ask(kept))), "ok");
});
