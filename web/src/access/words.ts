// What may each role do, and how does a key stand, in words? Pure.
import type { KeyView, Role } from "../../../src/contract/access.ts";

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: "looks only",
  operator: "steers servers and calls tools",
  admin: "may change everything",
};

/** @param now milliseconds since 1970, as all times. */
export function standingOf({ revokedAt, expiresAt }: KeyView, now: number): "valid" | "expired" | "revoked" {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && expiresAt <= now ? "expired" : "valid";
}
