// Who is connected, and what would be behind a definition?
import type { PeopleDeps } from "./deps.ts";
import type { Handlers } from "./routes.ts";
import { goneSignal } from "./tool-routes.ts";

type Deps = Pick<PeopleDeps, "connections" | "discover">;

export const connectionRoutes = (deps: Deps): Handlers<"GET /api/connections" | "POST /api/servers/discover"> => ({
  "GET /api/connections": () => deps.connections(),
  "POST /api/servers/discover": ({ body, principal, reply }) => deps.discover(body, principal, goneSignal(reply)),
});
