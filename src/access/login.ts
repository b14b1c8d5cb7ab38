// How does a browser trade the admin token or a key for a cookie, and give it back? Guessing is slowed down, on loopback too.
import type { Fault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import { createAttempts } from "./attempts.ts";
import { clearedCookies, sessionCookie, sessionSecret } from "./cookie.ts";
import { type Asking, addressOf, pauseFault } from "./identify.ts";
import type { Principal } from "./principal.ts";
import type { Sessions } from "./sessions.ts";
import type { Verify } from "./verify.ts";

export interface Login {
  /** A `Set-Cookie` value; else UNAUTHENTICATED, STORE_UNAVAILABLE, or RATE_LIMITED after ten wrong ones within a minute. */
  login(req: Asking, secret: string): { readonly cookie: string; readonly principal: Principal } | Fault;
  /** Ends the cookie's session, if there is one; answers the `Set-Cookie` values that clear it. */
  logout(req: Asking): string[];
}

export function createLogin(verify: Verify, sessions: Sessions, world: World): Login {
  const attempts = createAttempts(world);
  return {
    login(req, secret) {
      const address = addressOf(req);
      const paused = pauseFault(attempts, address);
      if (paused !== undefined) return paused;
      const verdict = verify(secret);
      if ("fault" in verdict) {
        if (verdict.isGuess) attempts.wrong(address);
        return verdict.fault;
      }
      // Whoever holds any key could else guess for ever, with a right one in between.
      if (verdict.key === undefined) attempts.right(address);
      const principal: Principal = { ...verdict, via: "cookie" };
      return { cookie: sessionCookie(req.headers, sessions.open(principal)), principal };
    },
    logout(req) {
      const secret = sessionSecret(req.headers.cookie);
      if (secret !== null) sessions.close(secret);
      return clearedCookies();
    },
  };
}
