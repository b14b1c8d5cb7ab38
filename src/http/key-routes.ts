// Who may ask? Keys are listed, made and revoked here, and what was done by whom is read.
import { auditQuerySchema } from "#contract/access.ts";
import type { PeopleDeps } from "./deps.ts";
import { readQuery } from "./query.ts";
import type { Handlers } from "./routes.ts";

interface Deps extends Pick<PeopleDeps, "keys" | "audit"> {
  /** Closes the connections whose login has ended. */
  recheckSockets(): void;
}

type Keys = "GET /api/keys" | "POST /api/keys" | "DELETE /api/keys/{id}" | "GET /api/audit";

export const keyRoutes = ({ keys, audit, recheckSockets }: Deps): Handlers<Keys> => ({
  "GET /api/keys": async () => ({ items: [...(await keys.list())] }),
  "POST /api/keys": async ({ body, principal, reply }) => {
    const created = await keys.create(body, principal);
    reply.code(201);
    return created;
  },
  "DELETE /api/keys/{id}": async ({ params, principal }) => {
    await keys.revoke(params.id ?? "", principal);
    recheckSockets();
    return null;
  },
  "GET /api/audit": async ({ request }) => {
    const { limit } = readQuery(auditQuerySchema, request.query);
    return { items: [...(await audit.recent(limit))] };
  },
});
