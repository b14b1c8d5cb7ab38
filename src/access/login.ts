// How does a browser trade the admin token for a cookie, and give it back? Guessing is slowed down, on loopback too.
import type { Fault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import { createAttempts } from "./attempts.ts";
import { clearedCookies, sessionCookie, sessionSecret } from "./cookie.ts";
import { matches } from "./credentials.ts";
import { type Asking, addressOf, pauseFault, unauthenticated } from "./identify.ts";
import { ADMIN } from "./principal.ts";
import type { Sessions } from "./sessions.ts";

export interface Login {
  /** A `Set-Cookie` value; else UNAUTHENTICATED, or RATE_LIMITED after ten wrong tokens within a minute. */
  login(req: Asking, token: string): { readonly cookie: string } | Fault;
  /** Ends the cookie's session, if there is one; answers the `Set-Cookie` values that clear it. */
  logout(req: Asking): string[];
}

export function createLogin(expected: Buffer, sessions: Sessions, world: World): Login {
  const attempts = createAttempts(world);
  return {
    login(req, token) {
      const address = addressOf(req);
      const paused = pauseFault(attempts, address);
      if (paused !== undefined) return paused;
      if (!matches(token, expected)) {
        attempts.wrong(address);
        return unauthenticated("The token is wrong.");
      }
      attempts.right(address);
      return { cookie: sessionCookie(req.headers, sessions.open({ ...ADMIN, via: "cookie" })) };
    },
    logout(req) {
      const secret = sessionSecret(req.headers.cookie);
      if (secret !== null) sessions.close(secret);
      return clearedCookies();
    },
  };
}
