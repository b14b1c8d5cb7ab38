// What does the cache cost and save? A hit beside the least a JSON server can do, beside the server itself and beside one built
// with the SDK; a miss beside the same call with the cache off.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Scope } from "#lib/scope.ts";
import type { Ground } from "./footprint.ts";
import { type Gateway, startGateway, untilAllUp } from "./gateway.ts";
import { BARE_SERVER, CACHE_AUTO, CACHE_OFF, CACHE_SHADOW, GATEWAY, SDK_SERVER } from "./goals.ts";
import { startServer } from "./processes.ts";
import { type Cell, FLOOR } from "./traffic.ts";

const SESSIONS = 16;
/** Different calls that are made again and again: after the first of each, all are hits. */
const KEYS = 100;

/** The cells of the section `cache`; the scope ends what they need. */
export async function openCacheCells(scope: Scope, ground: Ground): Promise<Cell[]> {
  const upstream = ground.urls[0] as string;
  const gateway = await openGateway(scope, ground);
  const echo = await startServer(scope, "echo.ts", []);
  const sdk = await startServer(scope, "sdk-server.ts", []);
  const through = (name: string, server: string) => ({
    name,
    url: new URL(`/mcp/${server}`, gateway.url).href,
    tool: "echo",
    pid: gateway.pid,
  });
  const at = (name: string, url: string | undefined, pid?: number) => ({
    name,
    url: `${url}/mcp`,
    tool: "echo",
    ...(pid === undefined ? {} : { pid }),
  });
  const hit = [
    at(FLOOR, echo.urls[0], echo.pid),
    at(BARE_SERVER, upstream),
    at(SDK_SERVER, sdk.urls[0], sdk.pid),
    through(GATEWAY, "auto"),
  ];
  const miss = [through(CACHE_OFF, "off"), through(CACHE_SHADOW, "shadow"), through(CACHE_AUTO, "auto")];
  return [
    { section: "hit", sessions: SESSIONS, bytes: 0, keys: KEYS, paths: hit },
    { section: "miss", sessions: SESSIONS, bytes: 0, base: CACHE_OFF, fine: true, paths: miss },
  ];
}

async function openGateway(scope: Scope, ground: Ground): Promise<Gateway> {
  const folder = path.join(ground.folder, "cache");
  await mkdir(folder);
  const server = (mode: "off" | "shadow" | "auto") => ({
    url: `${ground.urls[0]}/mcp`,
    trusted: true,
    cache: { mode },
  });
  const servers = { off: server("off"), shadow: server("shadow"), auto: server("auto") };
  const gateway = await startGateway({ folder, servers });
  scope.own(gateway, () => gateway.stop());
  await untilAllUp(gateway);
  return gateway;
}
