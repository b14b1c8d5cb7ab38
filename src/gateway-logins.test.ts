import assert from "node:assert/strict";
import { test } from "node:test";
import { handWorld } from "#lib/hand-world.ts";
import type { Deed } from "./gateway-audit.ts";
import { LOGIN_ROWS, peopleAudit } from "./gateway-logins.ts";

function stage() {
  const world = handWorld();
  const deeds: Deed[] = [];
  const record = async (deed: Deed): Promise<void> => void deeds.push(deed);
  const store = { audit: { append: async () => {}, recent: async () => [], prune: async () => 0 } };
  return { world, deeds, audit: peopleAudit({ store, world, audit: { record } }) };
}

test("a login and a refused one are written down: who, how it went, and from where", () => {
  const { audit, deeds } = stage();
  audit.login({ id: "key:ann", role: "viewer", via: "cookie" }, "10.0.0.1");
  audit.login(null, "10.0.0.2");
  assert.deepEqual(
    deeds.map(({ principal, action, outcome, detail }) => [principal.id, action, outcome, detail]),
    [
      ["key:ann", "login", "ok", { address: "10.0.0.1" }],
      ["anonymous", "login", "refused", { address: "10.0.0.2" }],
    ],
  );
});

test("a flood of refused logins leaves a bounded number of rows and the count of the rest; logins are still written", () => {
  const { audit, deeds, world } = stage();
  for (let n = 0; n < 1_000; n++) audit.login(null, "10.0.0.2");
  audit.login({ id: "admin", role: "admin", via: "cookie" }, "10.0.0.1");
  assert.equal(deeds.length, LOGIN_ROWS + 1);
  world.advance(60_000);
  audit.login(null, "10.0.0.2");
  audit.login(null, "10.0.0.2");
  const [first, second] = deeds.slice(-2);
  assert.deepEqual([first?.detail?.leftOut, second?.detail?.leftOut], [1_000 - LOGIN_ROWS, undefined]);
});
