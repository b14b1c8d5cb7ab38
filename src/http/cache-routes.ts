// What does the cache hold, what did it do, and how is it emptied?
import { Fault } from "#contract/fault.ts";
import type { PeopleDeps } from "./deps.ts";
import type { Handlers } from "./routes.ts";

type Deps = Pick<PeopleDeps, "cache" | "servers">;

export const cacheRoutes = (deps: Deps): Handlers<"GET /api/cache" | "DELETE /api/cache"> => ({
  "GET /api/cache": () => deps.cache.report(),
  "DELETE /api/cache": async ({ request, principal }) => {
    const { server, tool } = request.query as Readonly<Record<string, unknown>>;
    const selection = { ...named("server", server), ...named("tool", tool) };
    if (selection.tool !== undefined && selection.server === undefined) {
      throw new Fault("INVALID_REQUEST", "The request is not valid: tool: needs its server beside it.");
    }
    if (selection.server !== undefined && deps.servers.get(selection.server) === undefined) {
      throw new Fault("SERVER_NOT_FOUND", `No server is named ${JSON.stringify(selection.server.slice(0, 40))}.`);
    }
    return { removed: await deps.cache.clear(selection, principal) };
  },
});

function named(key: "server" | "tool", value: unknown): Partial<Record<"server" | "tool", string>> {
  if (value === undefined) return {};
  if (typeof value === "string" && value !== "") return { [key]: value };
  throw new Fault("INVALID_REQUEST", `The request is not valid: ${key}: must be one name.`);
}
