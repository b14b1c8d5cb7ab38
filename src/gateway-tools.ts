// What do people see of a tool? Its definition as its server gave it, and what the configuration makes of its answers.
import type { ToolView } from "#contract/api.ts";
import type { ToolKeeping } from "#contract/cache.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { isObject } from "#lib/json.ts";
import { toolPolicy } from "#policy/cacheability.ts";
import type { ToolEntry } from "#upstream/catalog.ts";

/** `upstream`: the running definition of its server; without one nothing is kept. */
export const toolView = (
  { server, name, qualifiedName, definition }: ToolEntry,
  upstream: UpstreamDefinition | undefined,
): ToolView => ({
  server,
  name,
  qualifiedName,
  title: typeof definition.title === "string" ? definition.title : null,
  description: typeof definition.description === "string" ? definition.description : null,
  inputSchema: isObject(definition.inputSchema) ? definition.inputSchema : {},
  annotations: isObject(definition.annotations) ? definition.annotations : {},
  cache: upstream === undefined ? NOT_KEPT : keepingOf({ name, annotations: definition.annotations }, upstream),
});

const NOT_KEPT: ToolKeeping = { keeping: "pass", reason: "mode_off", ttlMs: null };

function keepingOf(
  tool: { readonly name: string; readonly annotations: unknown },
  { trusted, cache }: UpstreamDefinition,
): ToolKeeping {
  const { keeping } = toolPolicy({ ...tool, trusted }, cache);
  switch (keeping.kind) {
    case "keep":
    case "hinted":
      return { keeping: "keep", reason: null, ttlMs: keeping.rule.ttlMs };
    case "watch":
    case "pass":
      return { keeping: keeping.kind, reason: keeping.reason, ttlMs: null };
  }
}
