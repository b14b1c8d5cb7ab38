import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeyView } from "../../../src/contract/access.ts";
import { standingOf } from "./words.ts";

const KEY: KeyView = {
  id: "k1",
  name: "grafana",
  role: "viewer",
  createdAt: 1,
  createdBy: "admin",
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};

test("a key is valid until it expires or is revoked, and a revoked one stays revoked", () => {
  assert.equal(standingOf(KEY, 100), "valid");
  assert.equal(standingOf({ ...KEY, expiresAt: 101 }, 100), "valid");
  assert.equal(standingOf({ ...KEY, expiresAt: 100 }, 100), "expired");
  assert.equal(standingOf({ ...KEY, expiresAt: 100, revokedAt: 50 }, 100), "revoked");
});
