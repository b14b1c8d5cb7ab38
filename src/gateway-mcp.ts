// What serves MCP clients? Access, sessions and the front under /mcp, joined to the calls and the catalog.
import { type Access, createAccess } from "#access/access.ts";
import { Keys } from "#access/keys.ts";
import { stopping } from "#calls/admission.ts";
import { Front } from "#downstream/front.ts";
import { LogLevels } from "#downstream/log-levels.ts";
import { Sessions } from "#downstream/sessions.ts";
import type { Scope } from "#lib/scope.ts";
import type { Calls, Foundations, Layers, Upstreams } from "./gateway-parts.ts";
import type { Settings } from "./settings.ts";
import { IDENTITY } from "./version.ts";

export interface McpSide {
  readonly access: Access;
  /** The valid keys. */
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly front: Front;
  readonly logLevels: LogLevels;
  readonly drain: { readonly started: boolean };
}

export function createMcpSide(
  settings: Settings,
  foundations: Foundations,
  parts: Upstreams & Calls & Layers & { scope: Scope },
): McpSide {
  const { world, log, config, adminToken } = foundations;
  const { catalog, coordinator, admission, pipeline, factory, firstContact, scope } = parts;
  const { access: rules } = config.current().document.omni2;
  const { mcp = "open", hosts = [], origins = [] } = rules ?? {};
  const keys = new Keys(world);
  const door = { bindHost: settings.host, adminToken: adminToken.token, mcp, hosts, origins };
  const access = createAccess(door, world, keys);
  const sessions = scope.own(new Sessions(world), (it) => it.close(stopping()));
  const logLevels = new LogLevels({
    catalog,
    send: async (server, level) => {
      const connection = coordinator.supervisor(server)?.connection();
      if (connection?.era === "legacy") await connection.call(setLevel(level));
    },
  });
  const marking = { isOn: config.current().document.omni2.meta ?? true };
  config.onChange(({ document }) => {
    marking.isOn = document.omni2.meta ?? true;
  });
  const front = new Front({
    world,
    log: log.service("MCP"),
    catalog,
    pipeline,
    factory,
    firstContact,
    identity: IDENTITY,
    get markResults() {
      return marking.isOn;
    },
    sessions,
    logLevels,
    access,
    gateway: foundations.gateway,
    hasServer: (name) => coordinator.supervisor(name) !== undefined,
    admission,
  });
  const drain = {
    get started() {
      return admission.draining;
    },
  };
  return { access, keys, sessions, front, logLevels, drain };
}

const setLevel = (level: string) => ({
  method: "logging/setLevel",
  params: { level },
  signal: AbortSignal.timeout(5_000),
});
