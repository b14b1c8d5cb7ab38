// What do people see of the servers, and how do they add and remove them?
import { Fault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { PeopleServers } from "./deps.ts";
import type { Ask, Handlers } from "./routes.ts";

type Keys =
  | "GET /api/servers"
  | "POST /api/servers"
  | "GET /api/servers/{name}"
  | "DELETE /api/servers/{name}"
  | "GET /api/servers/{name}/stderr";

export function serverRoutes(servers: PeopleServers): Handlers<Keys> {
  const named = ({ params }: Ask): ServerView => {
    const name = params.name ?? "";
    const view = servers.get(name);
    if (view !== undefined) return view;
    const message = `No server is named ${JSON.stringify(name.slice(0, 40))}; GET /api/servers lists them.`;
    throw new Fault("SERVER_NOT_FOUND", message);
  };

  return {
    "GET /api/servers": () => ({ items: [...servers.list()] }),
    "POST /api/servers": async ({ body, principal, reply }) => {
      const view = await servers.add(body, principal);
      reply.code(201);
      return view;
    },
    "GET /api/servers/{name}": named,
    "DELETE /api/servers/{name}": async (ask) => {
      await servers.remove(named(ask).name, ask.principal);
      return null;
    },
    "GET /api/servers/{name}/stderr": (ask) => ({ lines: [...servers.stderr(named(ask).name)] }),
  };
}
