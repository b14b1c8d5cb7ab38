import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { describe, test } from "node:test";
import { Fault } from "#contract/fault.ts";
import { systemWorld, type World } from "#lib/world.ts";
import { type Access, type AccessSettings, createAccess } from "./access.ts";
import { attemptKey } from "./attempts.ts";
import { bearerToken, cookieValue } from "./credentials.ts";
import type { Asking } from "./identify.ts";
import { Keys } from "./keys.ts";
import { allows } from "./principal.ts";
import { SESSION_LIMITS } from "./sessions.ts";
import { TICKET_LIMITS } from "./tickets.ts";

const TOKEN = "Zq8-vv1N_0pLx7Rt-long-enough";
const ORIGIN = "http://localhost:8000";

function stage(settings: Partial<AccessSettings> = {}) {
  let now = 1_000;
  const world: World = { ...systemWorld, now: () => now, wall: () => now };
  const base: AccessSettings = { bindHost: "127.0.0.1", adminToken: TOKEN, mcp: "open", hosts: [], origins: [] };
  const access = createAccess({ ...base, ...settings }, world, new Keys(world));
  access.listening(8000);
  return {
    access,
    pass(ms: number) {
      now += ms;
    },
  };
}

const ask = (headers: IncomingHttpHeaders, method = "GET", remoteAddress = "127.0.0.1"): Asking => ({
  headers: { host: "localhost:8000", ...headers },
  method,
  socket: { remoteAddress },
});
const bearer = (token = TOKEN): IncomingHttpHeaders => ({ authorization: `Bearer ${token}` });
const codeOf = (answer: unknown): string => (answer instanceof Fault ? answer.code : "ok");

function logIn(access: Access, headers: IncomingHttpHeaders = {}): IncomingHttpHeaders {
  const outcome = access.login(ask(headers, "POST"), TOKEN);
  assert.ok(!(outcome instanceof Fault));
  return { cookie: outcome.cookie.split(";")[0] as string };
}

describe("who may use MCP", () => {
  test("a loopback listener is open to local clients unless the settings ask for a token", () => {
    assert.deepEqual(stage().access.mcpPrincipal(ask({})), { id: "local", role: "operator", via: "local" });
    const { access } = stage({ mcp: "token" });
    assert.equal(codeOf(access.mcpPrincipal(ask({}))), "UNAUTHENTICATED");
    assert.equal(codeOf(access.mcpPrincipal(ask(bearer("wrong")))), "UNAUTHENTICATED");
    assert.deepEqual(access.mcpPrincipal(ask(bearer())), { id: "admin", role: "admin", via: "token" });
  });

  test("any other listener needs a token whatever the settings say", () => {
    const { access } = stage({ bindHost: "0.0.0.0", mcp: "open" });
    assert.equal(access.loopback, false);
    assert.equal(codeOf(access.mcpPrincipal(ask({}))), "UNAUTHENTICATED");
    assert.equal(codeOf(access.mcpPrincipal(ask(bearer()))), "ok");
  });
});

test("before the port is known every Host is refused", () => {
  const settings: AccessSettings = { bindHost: "127.0.0.1", adminToken: TOKEN, mcp: "open", hosts: [], origins: [] };
  const access = createAccess(settings, systemWorld, new Keys(systemWorld));
  assert.equal(access.checkHostAndOrigin(ask({}))?.code, "HOST_REJECTED");
});

describe("the people's side", () => {
  test("takes the token as bearer and nothing else", () => {
    const { access } = stage();
    assert.equal(codeOf(access.peoplePrincipal(ask({}))), "UNAUTHENTICATED");
    for (const authorization of ["Bearer", "Bearer ", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer ${TOKEN} x`]) {
      assert.equal(codeOf(access.peoplePrincipal(ask({ authorization }))), "UNAUTHENTICATED", authorization);
    }
    assert.equal(codeOf(access.peoplePrincipal(ask({ authorization: `bearer  ${TOKEN}` }))), "ok");
  });

  test("a wrong bearer token is not saved by a good cookie", () => {
    const { access } = stage();
    const cookie = logIn(access);
    assert.equal(codeOf(access.peoplePrincipal(ask({ ...cookie, ...bearer("wrong") }))), "UNAUTHENTICATED");
  });

  test("a login gives a cookie that reads, and changes only with Origin and the CSRF header", () => {
    const { access } = stage();
    const cookie = logIn(access);
    assert.deepEqual(access.peoplePrincipal(ask(cookie)), { id: "admin", role: "admin", via: "cookie" });
    const csrf = { "x-omni2-csrf": "1" };
    assert.equal(codeOf(access.peoplePrincipal(ask(cookie, "POST"))), "FORBIDDEN");
    assert.equal(codeOf(access.peoplePrincipal(ask({ ...cookie, ...csrf }, "POST"))), "FORBIDDEN");
    assert.equal(codeOf(access.peoplePrincipal(ask({ ...cookie, origin: ORIGIN }, "DELETE"))), "FORBIDDEN");
    assert.equal(codeOf(access.peoplePrincipal(ask({ ...cookie, ...csrf, origin: ORIGIN }, "POST"))), "ok");
  });

  test("the cookie is __Host- with every flag on loopback and https, plain elsewhere", () => {
    const cookieFor = (headers: IncomingHttpHeaders): string => {
      const { access } = stage({ bindHost: "0.0.0.0", hosts: ["gw.example.com"] });
      return (access.login(ask(headers, "POST"), TOKEN) as { cookie: string }).cookie;
    };
    const secure = /^__Host-omni2=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=43200$/;
    assert.match(cookieFor({ host: "127.0.0.1:8000" }), secure);
    assert.match(cookieFor({ host: "gw.example.com", origin: "https://gw.example.com" }), secure);
    assert.match(
      cookieFor({ host: "gw.example.com" }),
      /^omni2_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max/,
    );
  });

  test("a session ends by logout, after two idle hours and after twelve hours of use", () => {
    const { access, pass } = stage();
    const gone = logIn(access);
    assert.equal(access.logout(ask(gone)).length, 2);
    assert.equal(codeOf(access.peoplePrincipal(ask(gone))), "UNAUTHENTICATED");

    const idle = logIn(access);
    pass(SESSION_LIMITS.idleMs - 1);
    assert.equal(codeOf(access.peoplePrincipal(ask(idle))), "ok");
    pass(SESSION_LIMITS.idleMs);
    assert.equal(codeOf(access.peoplePrincipal(ask(idle))), "UNAUTHENTICATED");

    const busy = logIn(access);
    for (let hour = 1; hour < 12; hour++) {
      pass(3_600_000);
      assert.equal(codeOf(access.peoplePrincipal(ask(busy))), "ok", `hour ${hour}`);
    }
    pass(3_600_000);
    assert.equal(codeOf(access.peoplePrincipal(ask(busy))), "UNAUTHENTICATED");
  });

  test("the newest thousand logins are kept", () => {
    const { access } = stage();
    const first = logIn(access);
    const second = logIn(access);
    for (let n = 0; n < SESSION_LIMITS.max - 1; n++) logIn(access);
    assert.equal(codeOf(access.peoplePrincipal(ask(first))), "UNAUTHENTICATED");
    assert.equal(codeOf(access.peoplePrincipal(ask(second))), "ok");
  });
});

describe("guessing", () => {
  const guess = (access: Access, address: string): string =>
    codeOf(access.login(ask({}, "POST", address), "a wrong token"));

  test("ten wrong logins a minute are answered, then the address pauses, on loopback too, even with the right token", () => {
    const { access, pass } = stage();
    for (let n = 0; n < 10; n++) assert.equal(guess(access, "127.0.0.1"), "UNAUTHENTICATED");
    const paused = access.login(ask({}, "POST"), TOKEN);
    assert.ok(paused instanceof Fault && paused.code === "RATE_LIMITED");
    assert.ok((paused.retryAfterMs ?? 0) > 0);
    assert.equal(guess(access, "10.0.0.9"), "UNAUTHENTICATED", "another address is not affected");
    pass(paused.retryAfterMs ?? 0);
    assert.equal(codeOf(access.login(ask({}, "POST"), TOKEN)), "ok");
  });

  test("the pause doubles while guessing goes on", () => {
    const { access, pass } = stage();
    const pauses: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 10; n++) guess(access, "10.0.0.9");
      const fault = access.login(ask({}, "POST", "10.0.0.9"), "wrong") as Fault;
      pauses.push(fault.retryAfterMs ?? 0);
      pass(fault.retryAfterMs ?? 0);
    }
    assert.deepEqual(pauses, [30_000, 60_000, 120_000]);
  });

  test("wrong bearer tokens pause a remote address but never this machine", () => {
    const { access } = stage();
    for (let n = 0; n < 30; n++) {
      access.peoplePrincipal(ask(bearer("wrong"), "GET", "10.0.0.9"));
      access.peoplePrincipal(ask(bearer("wrong")));
    }
    assert.equal(codeOf(access.peoplePrincipal(ask(bearer(), "GET", "10.0.0.9"))), "RATE_LIMITED");
    assert.equal(codeOf(access.peoplePrincipal(ask(bearer()))), "ok");
  });

  test("addresses are counted by IPv6 network and by plain IPv4", () => {
    assert.equal(attemptKey("2001:db8:1:2:3:4:5:6"), attemptKey("2001:db8:1:2::9"));
    assert.notEqual(attemptKey("2001:db8:1:2::9"), attemptKey("2001:db8:1:3::9"));
    assert.equal(attemptKey("::ffff:10.0.0.1"), attemptKey("10.0.0.1"));
    assert.equal(attemptKey("2001:db8::7"), "2001:db8:0:0");
  });
});

describe("a socket", () => {
  test("opens once with a ticket, within thirty seconds", () => {
    const { access, pass } = stage();
    const principal = { id: "admin", role: "admin", via: "token" } as const;
    const { ticket, expiresAt } = access.issueTicket(ask(bearer()), principal);
    assert.equal(expiresAt, 1_000 + TICKET_LIMITS.lifeMs);
    const lease = access.upgradeLease(ask({}), ticket);
    assert.ok(!(lease instanceof Fault));
    assert.deepEqual(lease.principal, { ...principal, via: "ticket" });
    assert.equal(codeOf(access.upgradeLease(ask({}), ticket)), "UNAUTHENTICATED");
    const late = access.issueTicket(ask(bearer()), principal).ticket;
    pass(TICKET_LIMITS.lifeMs);
    assert.equal(codeOf(access.upgradeLease(ask({}), late)), "UNAUTHENTICATED");
  });

  test("takes a bearer token without an Origin, a cookie only with one, and no wrong ticket beside a good token", () => {
    const { access } = stage();
    const cookie = logIn(access);
    assert.equal(codeOf(access.upgradeLease(ask(bearer()), null)), "ok");
    assert.equal(codeOf(access.upgradeLease(ask(cookie), null)), "UNAUTHENTICATED");
    assert.equal(codeOf(access.upgradeLease(ask({ ...cookie, origin: ORIGIN }), null)), "ok");
    assert.equal(codeOf(access.upgradeLease(ask({}), null)), "UNAUTHENTICATED");
    assert.equal(codeOf(access.upgradeLease(ask(bearer()), "nonsense")), "UNAUTHENTICATED");
  });

  test("of a browser is valid as long as its login, which it keeps in use", () => {
    const { access, pass } = stage();
    const cookie = logIn(access);
    const principal = access.peoplePrincipal(ask(cookie));
    assert.ok(!(principal instanceof Fault));
    const lease = access.upgradeLease(ask({}), access.issueTicket(ask(cookie), principal).ticket);
    assert.ok(!(lease instanceof Fault));
    pass(SESSION_LIMITS.idleMs - 1);
    assert.equal(lease.valid(), true);
    pass(SESSION_LIMITS.idleMs - 1);
    assert.equal(lease.valid(), true);
    access.logout(ask(cookie));
    assert.equal(lease.valid(), false);
  });
});

test("credentials are read exactly", () => {
  assert.equal(bearerToken(undefined), null);
  assert.equal(bearerToken("Bearer abc"), "abc");
  assert.equal(bearerToken(`Bearer ${"a".repeat(513)}`), "");
  assert.equal(cookieValue("a=1; __Host-omni2=x=y; b=2", "b"), "2");
  assert.equal(cookieValue("x__Host-omni2=1", "__Host-omni2"), null);
  assert.equal(cookieValue(undefined, "a"), null);
});

test("a role may do what weaker ones may", () => {
  assert.ok(allows("admin", "operator"));
  assert.ok(allows("viewer", "viewer"));
  assert.ok(!allows("viewer", "operator"));
});
