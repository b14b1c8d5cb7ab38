// What did an upstream last say about itself? A snapshot is plain JSON: it is stored, and served when the upstream is away.
import type { Era } from "#contract/upstream.ts";
import { canonicalJson, isObject, type JsonObject, sha256 } from "#lib/json.ts";
import type { Implementation } from "#mcp/protocol.ts";

export const LIST_KINDS = ["tools", "prompts", "resources", "resourceTemplates"] as const;
export type ListKind = (typeof LIST_KINDS)[number];

/** Where each list comes from and which capability announces it. */
export const LISTS: Readonly<Record<ListKind, { readonly method: string; readonly capability: string }>> = {
  tools: { method: "tools/list", capability: "tools" },
  prompts: { method: "prompts/list", capability: "prompts" },
  resources: { method: "resources/list", capability: "resources" },
  resourceTemplates: { method: "resources/templates/list", capability: "resources" },
};

/** How long a list may be kept (milliseconds, 0 = not at all) and by whom: the modern era's cache hints. */
export interface ListHints {
  readonly ttlMs: number;
  readonly cacheScope: "public" | "private";
}
export const NO_HINTS: ListHints = { ttlMs: 0, cacheScope: "private" };

export interface Snapshot {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly serverInfo: Implementation | null;
  readonly instructions: string | null;
  readonly capabilities: JsonObject;
  readonly lists: Readonly<Record<ListKind, readonly JsonObject[]>>;
  readonly hints: Readonly<Partial<Record<ListKind, ListHints>>>;
}

export const EMPTY_LISTS: Snapshot["lists"] = { tools: [], prompts: [], resources: [], resourceTemplates: [] };

/** Equal for snapshots that say the same. */
export const snapshotHash = (snapshot: Snapshot): string => sha256(canonicalJson(snapshot));

/** A stored snapshot as read back; undefined when it is not one (an older form is simply fetched anew). */
export function parseSnapshot(value: unknown): Snapshot | undefined {
  if (!isObject(value) || !isObject(value.lists) || !isObject(value.capabilities)) return undefined;
  const lists = value.lists;
  const whole = LIST_KINDS.every((kind) => Array.isArray(lists[kind]) && lists[kind].every(isObject));
  return whole && (value.era === "legacy" || value.era === "modern") ? (value as unknown as Snapshot) : undefined;
}
