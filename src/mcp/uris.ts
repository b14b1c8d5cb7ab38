// How do resource URIs of many servers share one endpoint? Reversibly: `omni2://<server>/<uri>`, and `ui://` stays `ui://`.
import { isObject, type JsonObject } from "#lib/json.ts";

const SCHEME = "omni2://";
const UI_SCHEME = "ui://";

export const mapUri = (server: string, uri: string): string =>
  uri.startsWith(UI_SCHEME) ? `${UI_SCHEME}${server}/${uri.slice(UI_SCHEME.length)}` : `${SCHEME}${server}/${uri}`;

/** The server and its own URI, or undefined when the URI is not one of ours. */
export function unmapUri(mapped: string): { server: string; uri: string } | undefined {
  const scheme = mapped.startsWith(SCHEME) ? SCHEME : mapped.startsWith(UI_SCHEME) ? UI_SCHEME : undefined;
  if (scheme === undefined) return undefined;
  const slash = mapped.indexOf("/", scheme.length);
  if (slash === -1) return undefined;
  const rest = mapped.slice(slash + 1);
  return { server: mapped.slice(scheme.length, slash), uri: scheme === UI_SCHEME ? UI_SCHEME + rest : rest };
}

/** A result with every resource URI mapped: contents of a read, resource links and embedded resources of tools and prompts. */
export function mapResultUris(result: JsonObject, server: string): JsonObject {
  const next = { ...result };
  if (Array.isArray(next.contents)) next.contents = next.contents.map((item) => mapField(item, server));
  if (Array.isArray(next.content)) next.content = next.content.map((block) => mapBlock(block, server));
  if (Array.isArray(next.messages)) {
    next.messages = next.messages.map((message) =>
      isObject(message) ? { ...message, content: mapBlock(message.content, server) } : message,
    );
  }
  return next;
}

const mapField = (item: unknown, server: string): unknown =>
  isObject(item) && typeof item.uri === "string" ? { ...item, uri: mapUri(server, item.uri) } : item;

function mapBlock(block: unknown, server: string): unknown {
  if (!isObject(block)) return block;
  if (block.type === "resource_link") return mapField(block, server);
  return block.type === "resource" ? { ...block, resource: mapField(block.resource, server) } : block;
}

/** A tool definition whose MCP App link points at the mapped resource. */
export function mapToolUi(tool: JsonObject, server: string): JsonObject {
  const meta = tool._meta;
  const ui = isObject(meta) ? meta.ui : undefined;
  if (!isObject(meta) || !isObject(ui) || typeof ui.resourceUri !== "string") return tool;
  return { ...tool, _meta: { ...meta, ui: { ...ui, resourceUri: mapUri(server, ui.resourceUri) } } };
}
