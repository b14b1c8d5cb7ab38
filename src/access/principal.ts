// Who is asking, how was that proved, and what may that role do? Holds no credential.
import { ROLES, type Role } from "#contract/access.ts";

/** Somebody whose right to ask has been verified. */
export interface Principal {
  readonly id: string;
  readonly role: Role;
  /** `local`: a loopback bind that is open to local clients; the others name the credential. */
  readonly via: "local" | "token" | "cookie" | "ticket";
}

/** A local MCP client on a loopback bind without a token. */
export const LOCAL: Principal = { id: "local", role: "operator", via: "local" };

/** Who holds the admin token. */
export const ADMIN: Principal = { id: "admin", role: "admin", via: "token" };

/** Whether `role` may do what needs at least `needed`. */
export const allows = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);
