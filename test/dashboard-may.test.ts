import assert from "node:assert/strict";
import { test } from "node:test";
import { ROLES } from "../src/contract/access.ts";
import { ROUTES } from "../src/contract/api.ts";
import { may, neededFor, type RouteKey } from "../web/src/may.ts";

const routes = Object.entries(ROUTES) as unknown as [RouteKey, { for: string }][];

test("what a page offers to a role is what the gateway allows it, route by route", () => {
  for (const [key, route] of routes)
    assert.equal(neededFor(key), route.for === "everybody" ? "viewer" : route.for, key);
});

test("a stronger role may all that a weaker one may", () => {
  for (const [key] of routes)
    for (const [index, role] of ROLES.entries())
      for (const stronger of ROLES.slice(index)) assert.ok(!may(role, key) || may(stronger, key), `${stronger} ${key}`);
  assert.deepEqual(
    ROLES.map((role) => may(role, "POST /api/servers/{name}/probe")),
    [false, true, true],
  );
  assert.deepEqual(
    ROLES.map((role) => may(role, "PATCH /api/config")),
    [false, false, true],
  );
});
