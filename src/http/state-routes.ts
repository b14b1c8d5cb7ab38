// Is the gateway alive, usable, well? Answers from memory only, so that they stay quick when everything else is not.
import type { PeopleDeps } from "./deps.ts";
import type { Handlers } from "./routes.ts";

type Deps = Pick<PeopleDeps, "readiness" | "health">;

export const stateRoutes = (deps: Deps): Handlers<"GET /livez" | "GET /readyz" | "GET /health"> => ({
  "GET /livez": () => ({ status: "ok" as const }),
  "GET /readyz": ({ reply }) => {
    const { status, reasons } = deps.readiness();
    if (status !== "ready") reply.code(503);
    return { status, reasons: [...reasons] };
  },
  "GET /health": () => deps.health(),
});
