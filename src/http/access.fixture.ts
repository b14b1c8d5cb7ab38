// What do the tests of this room see of keys and the audit log? One of each, and the valid keys in memory.
import type { Keys } from "#access/keys.ts";
import type { AuditRow, KeyView } from "#contract/access.ts";
import type { PeopleDeps } from "./deps.ts";

export const KEY_VIEW: KeyView = {
  id: "0123456789ab",
  name: "ci",
  role: "viewer",
  createdAt: 1,
  createdBy: "admin",
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};

export const AUDIT_ROW: AuditRow = {
  id: 1,
  at: 1,
  principal: "admin",
  action: "key.create",
  target: "ci",
  outcome: "ok",
  detail: {},
};

/** `acts` gets everything that is asked. */
export const accessDeps = (keys: Keys, acts: unknown[][]): Pick<PeopleDeps, "keys" | "audit"> => ({
  keys: {
    list: async () => [KEY_VIEW],
    create: async ({ name, role }) => ({ ...KEY_VIEW, name, role, key: "omni2_x" }),
    async revoke(id) {
      acts.push(["revoke", id]);
      keys.end(id);
    },
  },
  audit: {
    async recent(limit) {
      acts.push(["audit", limit]);
      return [AUDIT_ROW];
    },
    login: (principal) => void acts.push(["login", principal?.id ?? null]),
  },
});
