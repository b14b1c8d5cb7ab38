// Who is asking, how was that proved, and what may that role do? Holds no credential.
import { ROLES, type Role } from "#contract/access.ts";
import { maySee } from "#policy/access.ts";

/** Somebody whose right to ask has been verified. */
export interface Principal {
  readonly id: string;
  readonly role: Role;
  /** `local`: a loopback bind that is open to local clients; the others name the credential. */
  readonly via: "local" | "token" | "key" | "cookie" | "ticket";
  /** Id of the key that it all began with; none for the admin token. */
  readonly key?: string;
}

/** A local MCP client on a loopback bind without a token. */
export const LOCAL: Principal = { id: "local", role: "operator", via: "local" };

/** Who holds the admin token. */
export const ADMIN: Principal = { id: "admin", role: "admin", via: "token" };

/** Whether `role` may do what needs at least `needed`. */
export const allows = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** Whether a role may see the calls of others. */
export const seesAllCalls = (role: Role): boolean => maySee(role, "call_finished") === "all";
