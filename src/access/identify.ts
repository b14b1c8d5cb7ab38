// As whom does a request pass? Weighs bearer tokens and login cookies; Host and Origin were checked before.
import type { IncomingMessage } from "node:http";
import { Fault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import { type Attempts, createAttempts } from "./attempts.ts";
import { sessionSecret } from "./cookie.ts";
import { bearerToken } from "./credentials.ts";
import { isLoopback } from "./guard.ts";
import type { Keys } from "./keys.ts";
import type { Principal } from "./principal.ts";
import type { Sessions } from "./sessions.ts";
import type { Lease } from "./tickets.ts";
import { unauthenticated, type Verify } from "./verify.ts";

/** The parts of a request that access looks at. */
export type Asking = Pick<IncomingMessage, "headers" | "method"> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

const SAFE_METHODS = new Set(["GET", "HEAD"]);

export const addressOf = (req: Asking): string => req.socket.remoteAddress ?? "unknown";

/** The fault for an address that must pause, or undefined when it may try. */
export function pauseFault(attempts: Attempts, address: string): Fault | undefined {
  const pausedMs = Math.ceil(attempts.pausedMs(address));
  if (pausedMs === 0) return undefined;
  const message = `Too many wrong credentials came from this address; try again in ${Math.ceil(pausedMs / 1000)} s.`;
  return new Fault("RATE_LIMITED", message, { retryAfterMs: pausedMs });
}

export interface Identify {
  /** By bearer token alone. */
  bearer(req: Asking): Principal | Fault;
  /** By bearer token or login cookie. */
  people(req: Asking): Principal | Fault;
  /** How long the principal of a verified request stays verified. */
  lease(req: Asking, principal: Principal): Lease;
}

export interface IdentifyDeps {
  readonly verify: Verify;
  readonly keys: Pick<Keys, "holds">;
  readonly sessions: Sessions;
  readonly world: World;
}

export function createIdentify({ verify, keys, sessions, world }: IdentifyDeps): Identify {
  const attempts = createAttempts(world);

  const byToken = (req: Asking, token: string): Principal | Fault => {
    const address = addressOf(req);
    // One stale script on this machine must not lock out its owner, so tokens are counted for remote addresses only.
    const counted = !isLoopback(address);
    const paused = counted ? pauseFault(attempts, address) : undefined;
    if (paused !== undefined) return paused;
    const verdict = verify(token);
    if (!("fault" in verdict)) return verdict;
    if (counted && verdict.isGuess) attempts.wrong(address);
    return verdict.fault;
  };

  const byCookie = (req: Asking): Principal | Fault => {
    const secret = sessionSecret(req.headers.cookie);
    if (secret === null) return unauthenticated("A credential is needed.");
    const principal = sessions.find(secret);
    if (principal === undefined) return unauthenticated("The login has ended.");
    if (SAFE_METHODS.has(req.method ?? "")) return principal;
    if (req.headers.origin !== undefined && req.headers["x-omni2-csrf"] === "1") return principal;
    return new Fault("FORBIDDEN", "A change by cookie needs the page's own Origin and the header X-OMNI2-Csrf: 1.");
  };

  return {
    bearer(req) {
      const token = bearerToken(req.headers.authorization);
      return token === null ? unauthenticated("A credential is needed.") : byToken(req, token);
    },
    people(req) {
      const token = bearerToken(req.headers.authorization);
      return token === null ? byCookie(req) : byToken(req, token);
    },
    lease(req, principal) {
      const secret = principal.via === "cookie" ? sessionSecret(req.headers.cookie) : null;
      return { principal, valid: secret === null ? () => keys.holds(principal) : sessions.lease(secret) };
    },
  };
}
