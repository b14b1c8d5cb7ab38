// What do people see of the servers, and how do they add, steer and remove them?
import { healthLogQuerySchema, SERVER_VERBS, type ServerVerb } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { PeopleServers } from "./deps.ts";
import { readQuery } from "./query.ts";
import type { Ask, Handlers } from "./routes.ts";

type VerbKey = `POST /api/servers/{name}/${ServerVerb}`;
type Keys =
  | "GET /api/servers"
  | VerbKey
  | "POST /api/servers/{name}/chaos"
  | "DELETE /api/servers/{name}/chaos"
  | "GET /api/servers/{name}/health-log"
  | "POST /api/servers"
  | "GET /api/servers/{name}"
  | "DELETE /api/servers/{name}"
  | "GET /api/servers/{name}/stderr";

export function serverRoutes(servers: PeopleServers): Handlers<Keys> {
  const verb = (name: ServerVerb) => async (ask: Ask) =>
    servers.act(named(servers, ask.params).name, name, ask.principal);
  const verbs = Object.fromEntries(SERVER_VERBS.map((name) => [`POST /api/servers/{name}/${name}`, verb(name)]));

  return {
    ...(verbs as Handlers<VerbKey>),
    "POST /api/servers/{name}/chaos": (ask) => servers.chaos(named(servers, ask.params).name, ask.body, ask.principal),
    "DELETE /api/servers/{name}/chaos": (ask) => servers.chaos(named(servers, ask.params).name, null, ask.principal),
    "GET /api/servers/{name}/health-log": async (ask) => ({
      items: [
        ...(await servers.healthLog(
          named(servers, ask.params).name,
          readQuery(healthLogQuerySchema, ask.request.query).limit,
        )),
      ],
    }),
    "GET /api/servers": () => ({ items: [...servers.list()] }),
    "POST /api/servers": async ({ body, principal, reply }) => {
      const view = await servers.add(body, principal);
      reply.code(201);
      return view;
    },
    "GET /api/servers/{name}": ({ params }) => named(servers, params),
    "DELETE /api/servers/{name}": async (ask) => {
      await servers.remove(named(servers, ask.params).name, ask.principal);
      return null;
    },
    "GET /api/servers/{name}/stderr": (ask) => ({ lines: [...servers.stderr(named(servers, ask.params).name)] }),
  };
}

/** The server that the route names; throws SERVER_NOT_FOUND. */
export function named(servers: Pick<PeopleServers, "get">, { name = "" }: Ask["params"]): ServerView {
  const view = servers.get(name);
  if (view !== undefined) return view;
  const message = `No server is named ${JSON.stringify(name.slice(0, 40))}; GET /api/servers lists them.`;
  throw new Fault("SERVER_NOT_FOUND", message);
}
