import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allowedHosts, createGuard, isLoopback } from "./guard.ts";

const local = createGuard({ bindHost: "127.0.0.1", port: 8000, hosts: [], origins: [] });
const remote = createGuard({
  bindHost: "0.0.0.0",
  port: 8000,
  hosts: ["gw.example.com", "alias.example.com:8443"],
  origins: ["https://status.example.com"],
});

const verdict = (guard: typeof local, host: string | undefined, origin?: string): string =>
  guard(host, origin)?.code ?? "ok";

describe("the guard of a loopback listener", () => {
  const cases: readonly [host: string | undefined, origin: string | undefined, expected: string][] = [
    ["127.0.0.1:8000", undefined, "ok"],
    ["localhost:8000", undefined, "ok"],
    ["LOCALHOST:8000", undefined, "ok"],
    ["[::1]:8000", undefined, "ok"],
    ["localhost:8000", "http://localhost:8000", "ok"],
    ["localhost:8000", "https://localhost:8000", "ok"],
    ["127.0.0.1:8000", "http://localhost:8000", "ok"],
    [undefined, undefined, "HOST_REJECTED"],
    ["", undefined, "HOST_REJECTED"],
    ["localhost", undefined, "HOST_REJECTED"],
    ["localhost:80", undefined, "HOST_REJECTED"],
    ["localhost:8001", undefined, "HOST_REJECTED"],
    ["localhost.:8000", undefined, "HOST_REJECTED"],
    ["evil.example:8000", undefined, "HOST_REJECTED"],
    ["localhost.evil.example:8000", undefined, "HOST_REJECTED"],
    ["127.0.0.1.nip.io:8000", undefined, "HOST_REJECTED"],
    ["0.0.0.0:8000", undefined, "HOST_REJECTED"],
    ["127.0.0.1:8000, evil.example", undefined, "HOST_REJECTED"],
    ["user@127.0.0.1:8000", undefined, "HOST_REJECTED"],
    ["evil.example:8000", "http://localhost:8000", "HOST_REJECTED"],
    ["localhost:8000", "null", "ORIGIN_REJECTED"],
    ["localhost:8000", "", "ORIGIN_REJECTED"],
    ["localhost:8000", "http://localhost", "ORIGIN_REJECTED"],
    ["localhost:8000", "http://localhost:3000", "ORIGIN_REJECTED"],
    ["localhost:8000", "http://evil.example", "ORIGIN_REJECTED"],
    ["localhost:8000", "http://localhost:8000.evil.example", "ORIGIN_REJECTED"],
    ["localhost:8000", "http://evil.example:8000", "ORIGIN_REJECTED"],
    ["localhost:8000", "file://", "ORIGIN_REJECTED"],
    ["localhost:8000", "chrome-extension://abcdef", "ORIGIN_REJECTED"],
    ["localhost:8000", "http://localhost:8000/", "ORIGIN_REJECTED"],
  ];
  for (const [host, origin, expected] of cases) {
    test(`Host ${host ?? "absent"} with Origin ${origin ?? "absent"} is ${expected}`, () => {
      assert.equal(verdict(local, host, origin), expected);
      assert.equal(verdict(local, host, origin), expected, "the same the second time");
    });
  }
});

test("configured names and origins pass, the wildcard address itself does not", () => {
  assert.equal(verdict(remote, "gw.example.com"), "ok");
  assert.equal(verdict(remote, "gw.example.com:8000", "http://gw.example.com:8000"), "ok");
  assert.equal(verdict(remote, "gw.example.com", "https://gw.example.com"), "ok");
  assert.equal(verdict(remote, "alias.example.com:8443", "https://status.example.com"), "ok");
  assert.equal(verdict(remote, "alias.example.com"), "HOST_REJECTED");
  assert.equal(verdict(remote, "0.0.0.0:8000"), "HOST_REJECTED");
});

test("on port 80 the Host header needs no port", () => {
  const guard = createGuard({ bindHost: "127.0.0.1", port: 80, hosts: [], origins: [] });
  assert.equal(verdict(guard, "localhost", "http://localhost"), "ok");
});

test("an IPv6 address is allowed in brackets", () => {
  const hosts = allowedHosts({ bindHost: "fd00::5", port: 8000, hosts: [], origins: [] });
  assert.ok(hosts.has("[fd00::5]:8000"));
});

test("loopback is recognised by name and by address", () => {
  for (const host of ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]", "::ffff:127.0.0.1"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "1127.0.0.1"]) {
    assert.ok(!isLoopback(host), host);
  }
});
