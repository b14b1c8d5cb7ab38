// How does a person get in and out, and how does a browser get a ticket for its socket?
import type { Access } from "#access/access.ts";
import { Fault, isFault } from "#contract/fault.ts";
import type { PeopleDeps } from "./deps.ts";
import type { Handlers } from "./routes.ts";

interface Deps extends Pick<PeopleDeps, "audit"> {
  readonly access: Access;
  /** Closes the sockets whose login has ended. */
  recheckSockets(): void;
}

type Keys = "GET /api/session" | "POST /api/login" | "POST /api/logout" | "POST /api/tickets";

export const loginRoutes = ({ access, audit, recheckSockets }: Deps): Handlers<Keys> => ({
  "GET /api/session": ({ principal }) => ({ principal: principal.id, role: principal.role }),
  "POST /api/login": ({ body, request, reply }) => {
    const outcome = access.login(request.raw, body.token);
    const address = request.raw.socket.remoteAddress ?? "unknown";
    if (isFault(outcome, "UNAUTHENTICATED")) audit.login(null, address);
    if (outcome instanceof Fault) throw outcome;
    audit.login(outcome.principal, address);
    reply.header("set-cookie", outcome.cookie);
    return null;
  },
  "POST /api/logout": ({ request, reply }) => {
    reply.header("set-cookie", access.logout(request.raw));
    recheckSockets();
    return null;
  },
  "POST /api/tickets": ({ request, principal }) => access.issueTicket(request.raw, principal),
});
