// Which tools are served?
import { Fault } from "#contract/fault.ts";
import type { Ends } from "./command.ts";
import type { Gateway } from "./gateway.ts";
import { printJson } from "./terminal.ts";
import { columns } from "./text.ts";

/** Throws SERVER_NOT_FOUND when the filter names no server. */
export async function listTools(
  { gateway, terminal }: Ends,
  options: { json?: boolean; server?: string },
): Promise<number> {
  const { items } = await gateway.ask("GET /api/tools");
  const { server } = options;
  const tools = server === undefined ? items : items.filter((tool) => tool.server === server);
  if (server !== undefined && tools.length === 0) await requireServer(gateway, server);
  if (options.json === true) printJson(terminal, tools);
  else if (tools.length === 0) terminal.print("No tools. See `omni2 status` for the servers behind this gateway.");
  else {
    const rows = tools.map((tool) => [tool.server, tool.name, tool.description ?? tool.title ?? ""]);
    for (const line of columns([["SERVER", "TOOL", "DESCRIPTION"], ...rows], terminal.width)) terminal.print(line);
  }
  return 0;
}

/** Throws SERVER_NOT_FOUND, with the names there are. */
export async function requireServer(gateway: Gateway, name: string): Promise<void> {
  const { items } = await gateway.ask("GET /api/servers");
  if (items.some((server) => server.name === name)) return;
  const names = items.map((server) => server.name).join(", ");
  throw new Fault("SERVER_NOT_FOUND", `No server "${name}" is configured. There are: ${names || "none"}.`, {
    server: name,
  });
}
