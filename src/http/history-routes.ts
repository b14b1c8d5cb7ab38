// What happened? Finished calls and events as they were stored, page by page, and all that is known of one call. A viewer is
// told of its own calls only.
import { seesAllCalls } from "#access/principal.ts";
import { Fault } from "#contract/fault.ts";
import { callsQuerySchema, eventsQuerySchema } from "#contract/history.ts";
import type { PeopleDeps } from "./deps.ts";
import { readQuery } from "./query.ts";
import type { Handlers } from "./routes.ts";

type Deps = Pick<PeopleDeps, "calls" | "events">;

export const historyRoutes = (deps: Deps): Handlers<"GET /api/calls" | "GET /api/calls/{id}" | "GET /api/events"> => ({
  "GET /api/calls": ({ request, principal }) => {
    const query = readQuery(callsQuerySchema, request.query);
    if (seesAllCalls(principal.role)) return deps.calls.page(query);
    const { principal: wanted = principal.id } = query;
    return wanted === principal.id ? deps.calls.page({ ...query, principal: wanted }) : { items: [] };
  },
  "GET /api/calls/{id}": async ({ params, principal }) => {
    const id = params.id ?? "";
    const record = await deps.calls.get(id);
    if (record?.principal === principal.id || (record !== undefined && seesAllCalls(principal.role))) return record;
    const message = `Nothing is known of a call ${JSON.stringify(id.slice(0, 60))}: the id is wrong, or the call is too old.`;
    throw new Fault("CALL_NOT_FOUND", message);
  },
  "GET /api/events": ({ request }) => {
    const query = readQuery(eventsQuerySchema, request.query);
    const { after, since, before, until } = query;
    // Forward from a place or backward from one.
    const ways = [after, since, before ?? until].filter((way) => way !== undefined);
    if (ways.length < 2) return deps.events.page(query);
    const message = "The request is not valid: after, since, and before with until exclude each other.";
    throw new Fault("INVALID_REQUEST", message);
  },
});
