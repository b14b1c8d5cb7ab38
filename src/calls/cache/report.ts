// What do people get to see of the cache? Sums, servers, tools and advice, put together when somebody asks.
import type { Advice, CacheAnswer, CacheCounts } from "#contract/cache.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { isObject } from "#lib/json.ts";
import { adviseOn } from "#policy/advice.ts";
import { toolPolicy } from "#policy/cacheability.ts";
import type { Catalog } from "#upstream/catalog.ts";
import type { Row } from "./shelf.ts";
import type { ToolCache } from "./tool-cache.ts";

export interface ReportDeps {
  readonly cache: ToolCache;
  readonly catalog: Pick<Catalog, "tool">;
  /** Undefined when the server was removed meanwhile. */
  readonly definition: (server: string) => UpstreamDefinition | undefined;
}

/** Tools with the most calls first, advice with the most to save first. */
export function cacheReport(deps: ReportDeps): CacheAnswer {
  const { cache } = deps;
  const counts = cache.counts();
  const shelves = cache.shelves();
  const rows = shelves.flatMap((shelf) => [...shelf.rows.values()]);
  return {
    ...counts,
    size: counts.entries,
    ...cache.limits,
    servers: shelves.map(({ server, counts: own }) => ({
      server,
      mode: deps.definition(server)?.cache.mode ?? "off",
      ...own.snapshot(),
    })),
    tools: rows.map(toolOf).sort((a, b) => b.calls - a.calls),
    advice: rows.flatMap((row) => adviceOn(deps, row) ?? []).sort((a, b) => savedOf(b) - savedOf(a)),
  };
}

const toolOf = (row: Row): CacheCounts & { server: string; tool: string } => ({
  server: row.shelf.server,
  tool: row.tool,
  ...row.counts.snapshot(),
});

function adviceOn({ cache, catalog, definition }: ReportDeps, row: Row): Advice | undefined {
  const { shelf, tool } = row;
  const seen = cache.evidence(row);
  const listed = catalog.tool(shelf.server, tool)?.definition;
  const configured = definition(shelf.server);
  if (seen === undefined || listed === undefined || configured === undefined) return undefined;
  const { annotations } = listed;
  const { keeping } = toolPolicy({ name: tool, annotations, trusted: configured.trusted }, configured.cache);
  if (keeping.kind !== "watch") return undefined;
  const claims = isObject(annotations) && annotations.readOnlyHint === true;
  const readOnly = claims ? (configured.trusted ? "believed" : "claimed") : "unsaid";
  return adviseOn({ server: shelf.server, tool, readOnly, seen });
}

const savedOf = ({ forecasts, verdict }: Advice): number =>
  verdict === "cache" || verdict === "ask" ? Math.max(...forecasts.map(({ savedMs }) => savedMs)) : 0;
