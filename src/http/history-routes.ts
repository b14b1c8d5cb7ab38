// What happened? Finished calls and events as they were stored, page by page, and all that is known of one call.
import type * as z from "zod";
import { Fault } from "#contract/fault.ts";
import { callsQuerySchema, eventsQuerySchema } from "#contract/history.ts";
import type { PeopleDeps } from "./deps.ts";
import { issuesOf } from "./fault-answer.ts";
import type { Handlers } from "./routes.ts";

type Deps = Pick<PeopleDeps, "calls" | "events">;

export const historyRoutes = (deps: Deps): Handlers<"GET /api/calls" | "GET /api/calls/{id}" | "GET /api/events"> => ({
  "GET /api/calls": ({ request }) => deps.calls.page(read(callsQuerySchema, request.query)),
  "GET /api/calls/{id}": async ({ params }) => {
    const id = params.id ?? "";
    const record = await deps.calls.get(id);
    if (record !== undefined) return record;
    const message = `Nothing is known of a call ${JSON.stringify(id.slice(0, 60))}: the id is wrong, or the call is too old.`;
    throw new Fault("CALL_NOT_FOUND", message);
  },
  "GET /api/events": ({ request }) => {
    const query = read(eventsQuerySchema, request.query);
    if (query.after === undefined || query.before === undefined) return deps.events.page(query);
    throw new Fault("INVALID_REQUEST", "The request is not valid: after and before exclude each other.");
  },
});

function read<T extends z.ZodType>(schema: T, query: unknown): z.output<T> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error);
  const [first] = issues;
  throw new Fault("INVALID_REQUEST", `The request is not valid: ${first?.path || "the query"}: ${first?.message}.`, {
    data: { issues },
  });
}
