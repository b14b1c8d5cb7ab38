// Which tools are there, and what does one answer? A caller that goes away cancels its call.
import type { FastifyReply } from "fastify";
import { Fault } from "#contract/fault.ts";
import type { PeopleDeps } from "./deps.ts";
import type { Handlers } from "./routes.ts";

type Deps = Pick<PeopleDeps, "tools" | "callTool">;

export const toolRoutes = (deps: Deps): Handlers<"GET /api/tools" | "POST /api/tools/call"> => ({
  "GET /api/tools": () => ({ items: [...deps.tools()] }),
  "POST /api/tools/call": ({ body, principal, reply }) => deps.callTool(body, principal, goneSignal(reply)),
});

/** Aborts with CANCELLED when the asker goes away before the answer. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) controller.abort(new Fault("CANCELLED", "The caller went away."));
  });
  return controller.signal;
}
