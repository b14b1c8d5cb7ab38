// Is every HTTP status and socket error told as the right fault, in words that carry no secret?
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorReplyOf, faultOfStatus, isSessionLost, lostAfterSend, retryAfterMs, unreachable } from "./faults.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const head = (status: number, headers = {}) => ({ status, statusText: "", headers });

for (const [value, expected] of [
  ["0", 0],
  ["3", 3_000],
  ["301", 300_000],
  ["Thu, 01 Jan 2026 00:00:10 GMT", 10_000],
  ["Thu, 01 Jan 2026 01:00:00 GMT", 300_000],
  ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
  ["soon", undefined],
  ["", undefined],
] as const) {
  test(`Retry-After "${value}" means ${expected} ms`, () => {
    assert.equal(retryAfterMs({ "retry-after": value }, NOW), expected);
  });
}

for (const [status, code] of [
  [301, "UPSTREAM_PROTOCOL"],
  [400, "UPSTREAM_PROTOCOL"],
  [401, "UPSTREAM_AUTH"],
  [403, "UPSTREAM_AUTH"],
  [405, "UPSTREAM_PROTOCOL"],
  [429, "UPSTREAM_UNAVAILABLE"],
  [500, "UPSTREAM_UNAVAILABLE"],
  [503, "UPSTREAM_UNAVAILABLE"],
] as const) {
  test(`HTTP ${status} is ${code}`, () => {
    const fault = faultOfStatus("demo", head(status), NOW);
    assert.equal(fault.code, code);
    assert.match(fault.message, new RegExp(`^demo .*${status}`));
  });
}

for (const [status, circumstance] of [
  [400, { status: 400 }],
  [401, { status: 401 }],
  [403, { status: 403 }],
  [404, { status: 404 }],
  [429, { status: 429 }],
  [500, { sent: true, status: 500 }],
  [502, { sent: true, status: 502 }],
  [503, { status: 503 }],
  [504, { sent: true, status: 504 }],
] as const) {
  test(`HTTP ${status} tells retry and breaker ${JSON.stringify(circumstance)}, and a caller nothing of it`, () => {
    const fault = faultOfStatus("demo", head(status), NOW);
    assert.deepEqual(fault.circumstance, circumstance);
    assert.equal(fault.data, undefined);
  });
}

test("a request that left and found no answer is marked as sent", () => {
  assert.deepEqual(lostAfterSend("demo", new Error("x")).circumstance, { sent: true });
});

for (const code of ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM", "ENOBUFS", "EADDRNOTAVAIL"]) {
  test(`${code} while connecting is the gateway's own shortage`, () => {
    const fault = unreachable("demo", Object.assign(new Error("x"), { code }));
    assert.equal(fault.code, "OVERLOADED");
    assert.deepEqual(fault.circumstance, { ours: true });
  });
}

test("a redirect names its target without query and credentials", () => {
  const to = (location: string): string => faultOfStatus("demo", head(302, { location }), NOW).message;
  assert.match(to("https://u:p@host.example/a?token=1#x"), / to https:\/\/host\.example\/a,/);
  assert.match(to("/login?next=1"), / to \/login,/);
  assert.match(to("http://["), /unreadable address/);
});

test("an unreachable server is told by its error code", () => {
  const because = (code: string): string => unreachable("demo", Object.assign(new Error("x"), { code })).message;
  assert.match(because("ECONNREFUSED"), /demo could not be reached: the connection was refused.*Nothing was sent/);
  assert.match(because("ENOTFOUND"), /host name is unknown/);
  assert.match(because("UND_ERR_CONNECT_TIMEOUT"), /in time/);
  assert.match(because("EWHATEVER"), /failed \(EWHATEVER\)/);
});

test("a lost session is known by 404, or by 400 with an error that says so", () => {
  const body = (message: string): Buffer => Buffer.from(JSON.stringify({ id: null, error: { code: -32000, message } }));
  assert.equal(isSessionLost(404, Buffer.from("anything")), true);
  assert.equal(isSessionLost(400, body("Bad Request: No valid session ID provided")), true);
  assert.equal(isSessionLost(400, body("Bad Request: Server not initialized")), true);
  assert.equal(isSessionLost(400, body("Invalid arguments")), false);
  assert.equal(isSessionLost(400, Buffer.from("no session")), false);
  assert.equal(isSessionLost(500, body("session")), false);
});

test("an error body is read only when it is a small, shallow JSON-RPC error", () => {
  const read = (text: string) => errorReplyOf(Buffer.from(text));
  assert.equal(read('{"id":null,"error":{"code":-32000,"message":"m"}}')?.id, null);
  assert.equal(read('{"error":"nope"}'), undefined);
  assert.equal(read('{"error":{"code":-1},"result":{}}'), undefined);
  assert.equal(read(`{"error":{"code":-1,"data":${"[".repeat(200)}${"]".repeat(200)}}}`), undefined);
  assert.equal(read(`{"error":{"code":-1,"message":"${"x".repeat(70_000)}"}}`), undefined);
  assert.equal(read("<html>"), undefined);
});
