import assert from "node:assert/strict";
import { test } from "node:test";
import { above, callHref, eventHref, momentHref, type Route, routeOf, serverHref, toolHref } from "./route.ts";

const PATHS: readonly [string, Route][] = [
  ["/", { page: "overview" }],
  ["/index.html", { page: "overview" }],
  ["/servers", { page: "servers" }],
  ["/servers/", { page: "servers" }],
  ["/servers/my.files", { page: "server", server: "my.files" }],
  ["/tools", { page: "tools", tool: null }],
  ["/tools/files", { page: "tools", tool: null }],
  ["/tools/files/read%20it", { page: "tools", tool: { server: "files", name: "read it" } }],
  ["/calls", { page: "calls", id: null }],
  ["/calls/c_1", { page: "calls", id: "c_1" }],
  ["/connections", { page: "connections" }],
  ["/cache", { page: "cache" }],
  ["/events", { page: "events", at: null, seq: null }],
  ["/events/12", { page: "events", at: null, seq: 12 }],
  ["/events/at/1970-01-01T00:00:05.007Z", { page: "events", at: 5_007, seq: null }],
  ["/events/at/1970-01-01T00:00:05.007Z/12", { page: "events", at: 5_007, seq: 12 }],
  ["/events/at/1970-01-01T00:00:05.007Z/12/1", { page: "nowhere" }],
  ["/events/at/noon", { page: "nowhere" }],
  ["/events/at", { page: "nowhere" }],
  ["/events/12/13", { page: "nowhere" }],
  ["/configuration", { page: "configuration", revision: null }],
  ["/configuration/12", { page: "configuration", revision: 12 }],
  ["/configuration/keys", { page: "keys" }],
  ["/configuration/keys/x", { page: "nowhere" }],
  ["/add", { page: "add" }],
  ["/add/x", { page: "nowhere" }],
  ["/events/twelve", { page: "events", at: null, seq: null }],
  ["/servers/a/b", { page: "nowhere" }],
  ["/cache/x", { page: "nowhere" }],
  ["/elsewhere", { page: "nowhere" }],
];

for (const [path, route] of PATHS)
  test(`the path ${path} names ${route.page}`, () => assert.deepEqual(routeOf(path), route));

test("names come back from their links whatever they hold", () => {
  for (const name of ["a/b", "a%2Fb", "<img src=x>", "ä ?#", "100%", "..", "__proto__"]) {
    assert.deepEqual(routeOf(serverHref(name)), { page: "server", server: name });
    assert.deepEqual(routeOf(toolHref("s", name)), { page: "tools", tool: { server: "s", name } });
  }
  assert.deepEqual(routeOf("/servers/%E0%A4%A"), { page: "server", server: "%E0%A4%A" });
});

test("the page above a single thing is its list, and a list has none above", () => {
  assert.equal(above(routeOf(serverHref("a"))), "/servers");
  assert.equal(above(routeOf(toolHref("a", "b"))), "/tools");
  assert.equal(above(routeOf(eventHref(3, null))), "/events");
  assert.equal(above(routeOf(eventHref(3, 5_007))), momentHref(5_007));
  assert.equal(above(routeOf(momentHref(5_007))), "/events");
  assert.equal(above(routeOf(callHref("c_1"))), "/calls");
  for (const path of ["/", "/servers", "/tools", "/calls", "/cache", "/events", "/x"])
    assert.equal(above(routeOf(path)), null);
});
