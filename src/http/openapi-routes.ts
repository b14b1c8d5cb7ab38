// Where is the description of these routes? Made when it is first asked for.
import type { PeopleDeps } from "./deps.ts";
import { type OpenApi, openApi } from "./openapi.ts";
import type { Handlers } from "./routes.ts";

export function openApiRoutes(deps: Pick<PeopleDeps, "health">): Handlers<"GET /api/openapi.json"> {
  let made: OpenApi | undefined;
  return {
    "GET /api/openapi.json": () => {
      made ??= openApi(deps.health().version);
      return { ...made };
    },
  };
}
