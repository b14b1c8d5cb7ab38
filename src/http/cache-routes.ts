// What does the cache hold, what did it do, and how is it emptied?
import { clearQuerySchema } from "#contract/cache.ts";
import { Fault } from "#contract/fault.ts";
import type { PeopleDeps } from "./deps.ts";
import { readQuery } from "./query.ts";
import type { Handlers } from "./routes.ts";

type Deps = Pick<PeopleDeps, "cache" | "servers">;

export const cacheRoutes = (deps: Deps): Handlers<"GET /api/cache" | "DELETE /api/cache"> => ({
  "GET /api/cache": () => deps.cache.report(),
  "DELETE /api/cache": async ({ request, principal }) => {
    const selection = readQuery(clearQuerySchema, request.query);
    if (selection.tool !== undefined && selection.server === undefined) {
      throw new Fault("INVALID_REQUEST", "The request is not valid: tool: needs its server beside it.");
    }
    if (selection.server !== undefined && deps.servers.get(selection.server) === undefined) {
      throw new Fault("SERVER_NOT_FOUND", `No server is named ${JSON.stringify(selection.server.slice(0, 40))}.`);
    }
    return { removed: await deps.cache.clear(selection, principal) };
  },
});
