// Is this the admin token, or somebody's key? Every way in with a secret of our own asks here.
import { timingSafeEqual } from "node:crypto";
import { Fault } from "#contract/fault.ts";
import { digest } from "./credentials.ts";
import { keyId } from "./key-text.ts";
import type { KeyRefusal, Keys } from "./keys.ts";
import { ADMIN, type Principal } from "./principal.ts";

export interface Refused {
  readonly fault: Fault;
  /** It was never right: counts against the address that it came from. */
  readonly isGuess: boolean;
}

export type Verify = (secret: string) => Principal | Refused;

const NOT_YET_MS = 2_000;

export const unauthenticated = (what: string): Fault =>
  new Fault(
    "UNAUTHENTICATED",
    `${what} Send the admin token or a key as \`Authorization: Bearer\`, or log in on the dashboard.`,
  );

/** `expected` is the digest of the admin token. */
export const createVerify =
  (expected: Buffer, keys: Keys): Verify =>
  (secret) => {
    const given = digest(secret);
    if (timingSafeEqual(given, expected)) return ADMIN;
    if (keyId(secret) === null) return { fault: unauthenticated("The token is wrong."), isGuess: true };
    const found = keys.find(secret, given);
    return typeof found === "string" ? { fault: REFUSALS[found](), isGuess: found === "wrong" } : found;
  };

const REFUSALS: Readonly<Record<KeyRefusal, () => Fault>> = {
  wrong: () => unauthenticated("The key is wrong, or was revoked."),
  expired: () => unauthenticated("The key has expired."),
  not_known_yet: () =>
    new Fault(
      "STORE_UNAVAILABLE",
      "Keys are not known before the database was ready once; try again in a moment. The admin token works meanwhile.",
      { retryAfterMs: NOT_YET_MS },
    ),
};
