// What may this person do? A page offers only what the gateway would allow; the gateway decides. Pure.
import type { Role } from "../../src/contract/access.ts";
import type { Routes } from "../../src/contract/api.ts";

/** A route that a page asks. */
export type RouteKey = keyof Routes;

const RANKS: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 };

const FOR_OPERATORS: ReadonlySet<RouteKey> = new Set<RouteKey>([
  "POST /api/servers/{name}/probe",
  "POST /api/servers/{name}/reconnect",
  "POST /api/servers/{name}/enable",
  "POST /api/servers/{name}/disable",
  "POST /api/servers/{name}/isolate",
  "POST /api/servers/{name}/release",
  "POST /api/servers/{name}/reset-breaker",
  "POST /api/tools/call",
  "DELETE /api/cache",
  "GET /api/connections",
  "GET /api/config",
  "GET /api/config/revisions",
]);

const FOR_ADMINS: ReadonlySet<RouteKey> = new Set<RouteKey>([
  "POST /api/servers",
  "DELETE /api/servers/{name}",
  "POST /api/servers/{name}/chaos",
  "DELETE /api/servers/{name}/chaos",
  "POST /api/servers/discover",
  "PATCH /api/config",
  "POST /api/config/revisions/{n}/apply",
  "GET /api/keys",
  "POST /api/keys",
  "DELETE /api/keys/{id}",
  "GET /api/audit",
]);

/** The weakest role that may ask it; what everybody may ask counts as a viewer's. */
export function neededFor(key: RouteKey): Role {
  if (FOR_ADMINS.has(key)) return "admin";
  return FOR_OPERATORS.has(key) ? "operator" : "viewer";
}

export const may = (role: Role, key: RouteKey): boolean => RANKS[role] >= RANKS[neededFor(key)];
