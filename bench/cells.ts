// Which calls are compared on which paths? Starts the floors and the gateway that the wanted sections need.
// A small-result cell through the aggregate endpoint stands beside those through the endpoint of one server.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Scope } from "#lib/scope.ts";
import type { Ground } from "./footprint.ts";
import { type Gateway, gatewayExists, startGateway, untilAllUp } from "./gateway.ts";
import { GATEWAY, type Section } from "./goals.ts";
import { startServer } from "./processes.ts";
import { type Cell, FLOOR, type Path } from "./traffic.ts";

const BIG_BYTES = 65_536;
const HTTP_SESSIONS = [1, 16, 64];
const STDIO_SESSIONS = [1, 16];
const STDIO_SCRIPT = path.join(import.meta.dirname, "upstream-stdio.ts");

/** The cells of these sections, ready to be measured; the scope ends what they need. */
export async function openCells(scope: Scope, ground: Ground, sections: readonly Section[]): Promise<Cell[]> {
  const overHttp = sections.includes("small") || sections.includes("big");
  const overStdio = sections.includes("stdio");
  if (!overHttp && !overStdio) return [];
  const gateway = gatewayExists() ? await openGateway(scope, ground) : undefined;
  const cells: Cell[] = [];
  if (overHttp) cells.push(...(await httpCells(scope, ground, gateway)));
  if (overStdio) cells.push(...(await stdioCells(scope, gateway)));
  return cells.filter((cell) => (sections as readonly string[]).includes(cell.section));
}

async function openGateway(scope: Scope, ground: Ground): Promise<Gateway> {
  const folder = path.join(ground.folder, "traffic");
  await mkdir(folder);
  const http = { url: `${ground.urls[0]}/mcp` };
  const stdio = { command: process.execPath, args: [STDIO_SCRIPT] };
  const gateway = await startGateway({ folder, servers: { http, stdio } });
  scope.own(gateway, () => gateway.stop());
  await untilAllUp(gateway);
  return gateway;
}

async function httpCells(scope: Scope, ground: Ground, gateway: Gateway | undefined): Promise<Cell[]> {
  const upstream = ground.urls[0] as string;
  const floor = await startServer(scope, "floor.ts", ["--url", upstream]);
  const cellOf = (section: "small" | "big", sessions: number): Cell => {
    const tool = section === "small" ? "echo" : "big";
    const paths: Path[] = [
      { name: "direct", url: `${upstream}/mcp`, tool },
      { name: FLOOR, url: `${floor.urls[0]}/mcp`, tool, pid: floor.pid },
      ...throughGateway(gateway, "http", tool),
    ];
    if (gateway !== undefined && section === "small" && sessions === 16) {
      paths.push({ name: `${GATEWAY} /mcp`, url: endpoint(gateway, "/mcp"), tool: `http__${tool}`, pid: gateway.pid });
    }
    return { section, sessions, bytes: section === "small" ? 0 : BIG_BYTES, paths };
  };
  return (["small", "big"] as const).flatMap((section) => HTTP_SESSIONS.map((sessions) => cellOf(section, sessions)));
}

async function stdioCells(scope: Scope, gateway: Gateway | undefined): Promise<Cell[]> {
  const floor = await startServer(scope, "floor-stdio.ts", [STDIO_SCRIPT]);
  const paths: Path[] = [
    { name: FLOOR, url: `${floor.urls[0]}/mcp`, tool: "echo", pid: floor.pid },
    ...throughGateway(gateway, "stdio", "echo"),
  ];
  return STDIO_SESSIONS.map((sessions): Cell => ({ section: "stdio", sessions, bytes: 0, paths }));
}

function throughGateway(gateway: Gateway | undefined, server: string, tool: string): Path[] {
  if (gateway === undefined) return [];
  return [{ name: GATEWAY, url: endpoint(gateway, `/mcp/${server}`), tool, pid: gateway.pid }];
}

const endpoint = (gateway: Gateway, pathname: string): string => new URL(pathname, gateway.url).href;
