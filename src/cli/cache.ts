// What did the cache do, what did it save, and what would it pay to keep? Shows that, or empties the cache.
import type { CacheAnswer } from "#contract/cache.ts";
import { adviceLines } from "./cache-advice.ts";
import { serverTable, summaryLines, toolTable } from "./cache-tables.ts";
import type { Ends } from "./command.ts";
import { printJson } from "./terminal.ts";
import { columns, counted, grouped, harmless } from "./text.ts";
import { requireServer } from "./tools.ts";

/** Tools that are shown; the others are counted. */
const MOST_TOOLS = 20;

/** Throws SERVER_NOT_FOUND when the filter names no server. With `--json` the sums stay those of all servers. */
export async function showCache(
  { gateway, terminal }: Ends,
  options: { json?: boolean; server?: string },
): Promise<number> {
  const whole = await gateway.ask("GET /api/cache");
  const { server } = options;
  const report = server === undefined ? whole : ofServer(whole, server);
  if (server !== undefined && report.servers.length === 0) await requireServer(gateway, server);
  if (options.json === true) printJson(terminal, report);
  else for (const line of reportLines(report, { server, width: terminal.width })) terminal.print(line);
  return 0;
}

/** Prints how many answers were dropped. Throws SERVER_NOT_FOUND. */
export async function clearCache(
  { server, tool }: { server: string | undefined; tool: string | undefined },
  { gateway, terminal }: Ends,
  options: { json?: boolean },
): Promise<number> {
  const answer = await gateway.ask("DELETE /api/cache", { query: { server, tool } });
  const whose = server === undefined ? "" : tool === undefined ? ` of ${server}` : ` of ${tool} at ${server}`;
  if (options.json === true) printJson(terminal, answer);
  else terminal.print(harmless(`Dropped ${answersOf(answer.removed)}${whose}.`));
  return 0;
}

const answersOf = (count: number): string => counted(count, "kept answer").replace(String(count), grouped(count));

const ofServer = (whole: CacheAnswer, name: string): CacheAnswer => {
  const isOfServer = ({ server }: { readonly server: string }): boolean => server === name;
  return {
    ...whole,
    servers: whole.servers.filter(isOfServer),
    tools: whole.tools.filter(isOfServer),
    advice: whole.advice.filter(isOfServer),
  };
};

function reportLines(report: CacheAnswer, { server, width }: { server: string | undefined; width: number }): string[] {
  const counts = server === undefined ? report : report.servers[0];
  if (counts === undefined || counts.calls === 0) {
    const where = server === undefined ? "through this gateway since it started" : `at ${server} yet`;
    return [harmless(`Nothing was called ${where}, so there is nothing to tell about the cache.`)];
  }
  const { servers, tools, advice } = report;
  const more = tools.length - MOST_TOOLS;
  return [
    ...summaryLines(counts, report),
    "",
    ...columns(serverTable(servers), width),
    "",
    ...columns(toolTable(tools.slice(0, MOST_TOOLS)), width),
    ...(more > 0 ? [`and ${counted(more, "tool")} with fewer calls; --json lists all`] : []),
    ...adviceLines(advice),
  ];
}
