// How is everything? The gateway in two lines, then one line per server, worst first.
import type { Ends } from "./command.ts";
import { coloured, glyph, statusNote, worstFirst } from "./status-words.ts";
import { printJson } from "./terminal.ts";
import { columns } from "./text.ts";

/** Exit code 0 whenever the gateway answers; `--json` carries the same facts. */
export async function showStatus({ gateway, terminal }: Ends, options: { json?: boolean }): Promise<number> {
  const [health, { items }] = await Promise.all([gateway.ask("GET /health"), gateway.ask("GET /api/servers")]);
  if (options.json === true) {
    printJson(terminal, { url: gateway.url, health, servers: items });
    return 0;
  }
  const { total, ...byStatus } = health.servers;
  const parts = Object.entries(byStatus).flatMap(([word, count]) => (count === 0 ? [] : [`${count} ${word}`]));
  terminal.print(`gateway   ${health.status}, version ${health.version}, ${gateway.url}`);
  terminal.print(`database  ${health.database}`);
  terminal.print(`servers   ${total === 0 ? "none" : `${total}: ${parts.join(", ")}`}`);
  const servers = worstFirst(items);
  const now = Date.now();
  const rows = servers.map((server) => [
    `${glyph(server.status)} ${server.name}`,
    server.status,
    statusNote(server, now),
  ]);
  if (rows.length > 0) terminal.print("");
  for (const [at, line] of columns(rows, terminal.width).entries()) {
    const server = servers[at];
    if (server !== undefined) terminal.print(coloured(server.status, line[0] ?? "") + line.slice(1));
  }
  return 0;
}
