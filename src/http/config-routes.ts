// What is configured, how is it changed while the gateway runs, and how does one go back?
import type { FastifyRequest } from "fastify";
import { dryRunQuerySchema, revisionsQuerySchema } from "#contract/change.ts";
import { Fault } from "#contract/fault.ts";
import type { ConfigAsk, PeopleConfig } from "./deps.ts";
import { readQuery } from "./query.ts";
import type { Handlers } from "./routes.ts";

type Keys =
  | "GET /api/config"
  | "PATCH /api/config"
  | "GET /api/config/revisions"
  | "POST /api/config/revisions/{n}/apply";

export const configRoutes = (config: PeopleConfig): Handlers<Keys> => ({
  "GET /api/config": ({ reply }) => {
    const answer = config.show();
    reply.header("etag", `"${answer.revision}"`);
    return answer;
  },
  "PATCH /api/config": ({ body, request, principal }) => config.patch(body, askOf(request), principal),
  "GET /api/config/revisions": async ({ request }) => ({
    items: [...(await config.revisions(readQuery(revisionsQuerySchema, request.query).limit))],
  }),
  "POST /api/config/revisions/{n}/apply": ({ params, request, principal }) =>
    config.rollBack(revisionIn(params.n), askOf(request), principal),
});

function askOf({ headers, query }: FastifyRequest): ConfigAsk {
  const [, seen] = /^"?(\d{1,15})"?$/.exec(String(headers["if-match"] ?? "").trim()) ?? [];
  if (seen === undefined) {
    const message =
      "The request is not valid: the header If-Match must name the revision that you have read, as GET /api/config answers it.";
    throw new Fault("INVALID_REQUEST", message);
  }
  return { ifMatch: Number(seen), dryRun: readQuery(dryRunQuerySchema, query).dryRun === "true" };
}

function revisionIn(text = ""): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Fault("INVALID_REQUEST", "The request is not valid: a revision is named by its number.");
}
