// Which transport reaches an upstream? One place that knows all three.
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { createHttpTransport } from "./http/transport.ts";
import { createLegacySseTransport } from "./legacy-sse/transport.ts";
import type { OpenTransport } from "./negotiate.ts";
import type { Environment } from "./stdio/command.ts";
import { createStdioTransport } from "./stdio/transport.ts";
import type { UpstreamTransport } from "./transport.ts";

export const createOpenTransport =
  ({ environment, ...deps }: { world: World; log: Log; environment: Environment; gateway: string }): OpenTransport =>
  (definition: UpstreamDefinition, form): UpstreamTransport => {
    const { name, transport } = definition;
    if (transport.kind === "stdio")
      return createStdioTransport({ ...deps, ...transport, name, inherited: environment });
    const options = { ...deps, name, url: transport.url, headers: transport.headers };
    return form === "sse" ? createLegacySseTransport(options) : createHttpTransport(options);
  };
