// May this request pass, and as whom? The one door for MCP, REST and sockets. It decides; answering is up to the caller.
import { Fault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import { digest } from "./credentials.ts";
import { createGuard, type Guard, isLoopback } from "./guard.ts";
import { type Asking, createIdentify } from "./identify.ts";
import { KEY_PREFIX } from "./key-text.ts";
import type { Keys } from "./keys.ts";
import { createLogin, type Login } from "./login.ts";
import { LOCAL, type Principal } from "./principal.ts";
import { createSessions } from "./sessions.ts";
import { createTickets, type Lease } from "./tickets.ts";
import { createVerify, unauthenticated } from "./verify.ts";

export interface AccessSettings {
  /** The address the listener is bound to. Loopback leaves `/mcp` open to local clients unless `mcp` says `token`. */
  readonly bindHost: string;
  readonly adminToken: string;
  readonly mcp: "open" | "token";
  /** Further Host names, `host` or `host:port`. */
  readonly hosts: readonly string[];
  /** Further exact origins. */
  readonly origins: readonly string[];
}

export interface Access extends Login {
  /** Whether the listener is reachable from this machine only. */
  readonly loopback: boolean;
  /** Says which port the listener got; until then every request is refused. */
  listening(port: number): void;
  /** Fault HOST_REJECTED or ORIGIN_REJECTED, or undefined. Cheap; to be called before a body is read. */
  checkHostAndOrigin(req: Asking): Fault | undefined;
  /** On an open loopback bind `local`, unless the request brings a key, which must be right; else by bearer token. */
  mcpPrincipal(req: Asking): Principal | Fault;
  /** By bearer token or login cookie. A change by cookie needs an Origin and `X-OMNI2-Csrf: 1`, else FORBIDDEN. */
  peoplePrincipal(req: Asking): Principal | Fault;
  /** For a socket: a ticket, a bearer token, or a cookie together with an Origin. */
  upgradeLease(req: Asking, ticket: string | null): Lease | Fault;
  /** A single-use ticket for a request whose principal was verified; `expiresAt` is wall time in milliseconds. */
  issueTicket(req: Asking, principal: Principal): { ticket: string; expiresAt: number };
}

/** Builds the door. Memory is bounded; times come from `world`. */
export function createAccess(settings: AccessSettings, world: World, keys: Keys): Access {
  const verify = createVerify(digest(settings.adminToken), keys);
  const loopback = isLoopback(settings.bindHost);
  const open = loopback && settings.mcp === "open";
  const sessions = createSessions({ world, holds: (principal) => keys.holds(principal) });
  const tickets = createTickets(world);
  const identify = createIdentify({ verify, keys, sessions, world });
  let guard: Guard = createGuard({ ...settings, port: -1 });

  return {
    ...createLogin(verify, sessions, world),
    loopback,
    listening(port) {
      guard = createGuard({ ...settings, port });
    },
    checkHostAndOrigin: (req) => guard(req.headers.host, req.headers.origin),
    mcpPrincipal: (req) => (open && !bringsKey(req) ? LOCAL : identify.bearer(req)),
    peoplePrincipal: identify.people,
    upgradeLease(req, ticket) {
      if (ticket !== null) return tickets.take(ticket) ?? unauthenticated("The ticket is unknown, used or expired.");
      const principal = identify.people(req);
      if (principal instanceof Fault) return principal;
      // Browsers always say where a socket comes from; a cookie without it was not sent by our page.
      const blind = principal.via === "cookie" && req.headers.origin === undefined;
      return blind ? unauthenticated("A socket by cookie needs an Origin.") : identify.lease(req, principal);
    },
    issueTicket(req, principal) {
      const { valid } = identify.lease(req, principal);
      return tickets.issue({ principal: { ...principal, via: "ticket" }, valid });
    },
  };
}

// Who means to be somebody must not pass as somebody else by a slip of the pen. Tokens of other makers, which some clients
// send to every server, mean nothing here.
const bringsKey = ({ headers }: Asking): boolean => headers.authorization?.includes(KEY_PREFIX) === true;
