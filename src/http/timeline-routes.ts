// How were the servers, and the gateway itself, over the last hours and at one moment? Timelines, minutes of calls, and figures.
import { minutesQuerySchema, momentQuerySchema, timelineQuerySchema } from "#contract/timeline.ts";
import type { PeopleDeps } from "./deps.ts";
import { readQuery } from "./query.ts";
import type { Handlers } from "./routes.ts";
import { named } from "./server-routes.ts";

type Deps = Pick<PeopleDeps, "servers" | "past" | "figures">;
type Keys = "GET /api/timeline" | "GET /api/moment" | "GET /api/servers/{name}/minutes" | "GET /api/figures";

export const timelineRoutes = ({ servers, past, figures }: Deps): Handlers<Keys> => ({
  "GET /api/timeline": async ({ request }) => ({
    items: await past.timeline(readQuery(timelineQuerySchema, request.query)),
  }),
  "GET /api/moment": async ({ request }) => {
    const { at } = readQuery(momentQuerySchema, request.query);
    return { at, servers: await past.statesAt(at) };
  },
  "GET /api/servers/{name}/minutes": async ({ params, request }) => {
    const { name } = named(servers, params);
    const { hours } = readQuery(minutesQuerySchema, request.query);
    return { items: [...(await past.minutes(name, hours))] };
  },
  "GET /api/figures": () => ({ items: [...figures()] }),
});
