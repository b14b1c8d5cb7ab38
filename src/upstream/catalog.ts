// What do all upstreams together offer, and under which names? One index for calls, one text per list for answers.
// It serves what was last known: an upstream that is away stays listed.
import { isObject, type JsonObject } from "#lib/json.ts";
import { type HeaderParam, headerParamsOf } from "#mcp/param-headers.ts";
import { mapToolUi, mapUri } from "#mcp/uris.ts";
import { isShown, qualify, type ToolRules } from "#policy/namespace.ts";
import { type ListHints, type ListKind, NO_HINTS, type Snapshot } from "./snapshot.ts";

export interface ToolEntry {
  readonly server: string;
  /** The server's own name of it. */
  readonly name: string;
  readonly qualifiedName: string;
  readonly definition: JsonObject;
  readonly headerParams: readonly HeaderParam[];
  /** Its annotations say that a second call does no harm (`readOnlyHint` or `idempotentHint`): a claim of the server. */
  readonly claimsRepeatable: boolean;
}

export interface ListView {
  /** A JSON array: the items as every client of this view gets them. */
  readonly text: string;
  readonly hints: ListHints;
}

/** `null` is the aggregate of all servers; a name is that server alone, with its own names and URIs. */
export type View = string | null;

export interface Catalog {
  put(server: string, snapshot: Snapshot, rules: ToolRules): void;
  drop(server: string): void;
  /** A hidden server's lists are empty; calls by name still find it, and meet its absence. */
  setHidden(server: string, hidden: boolean): void;
  snapshot(server: string): Snapshot | undefined;
  servers(): readonly string[];
  /** By the name that the view's clients use. */
  tool(view: View, name: string): ToolEntry | undefined;
  tools(): readonly ToolEntry[];
  /** Tools of one server after its allow and deny rules. */
  toolCount(server: string): number;
  /** The server and its own name of a prompt. */
  prompt(view: View, name: string): { server: string; name: string } | undefined;
  list(view: View, kind: ListKind): ListView;
}

interface Shelf {
  readonly snapshot: Snapshot;
  readonly tools: ReadonlyMap<string, ToolEntry>;
  readonly prompts: ReadonlySet<string>;
}

export function createCatalog(): Catalog {
  return new ShelvedCatalog();
}

class ShelvedCatalog implements Catalog {
  readonly #shelves = new Map<string, Shelf>();
  readonly #byQualifiedName = new Map<string, ToolEntry>();
  readonly #texts = new Map<string, ListView>();
  readonly #hidden = new Set<string>();
  #order: string[] = [];

  put(server: string, snapshot: Snapshot, rules: ToolRules): void {
    this.#shelves.set(server, shelve(server, snapshot, rules));
    this.#reindex();
  }

  drop(server: string): void {
    this.#hidden.delete(server);
    if (this.#shelves.delete(server)) this.#reindex();
  }

  setHidden(server: string, hidden: boolean): void {
    if (hidden) this.#hidden.add(server);
    else this.#hidden.delete(server);
    this.#texts.clear();
  }

  snapshot(server: string): Snapshot | undefined {
    return this.#shelves.get(server)?.snapshot;
  }

  servers(): readonly string[] {
    return this.#order;
  }

  tool(view: View, name: string): ToolEntry | undefined {
    return view === null ? this.#byQualifiedName.get(name) : this.#shelves.get(view)?.tools.get(name);
  }

  tools(): readonly ToolEntry[] {
    return [...this.#byQualifiedName.values()].filter(({ server }) => !this.#hidden.has(server));
  }

  toolCount(server: string): number {
    return this.#shelves.get(server)?.tools.size ?? 0;
  }

  prompt(view: View, name: string): { server: string; name: string } | undefined {
    for (const [server, shelf] of this.#shelvesOf(view)) {
      const own = view === null ? ownName(server, name) : name;
      if (own !== undefined && shelf.prompts.has(own)) return { server, name: own };
    }
    return undefined;
  }

  list(view: View, kind: ListKind): ListView {
    const key = view === null ? kind : `${kind} ${view}`;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const rendered = this.#render(view, kind);
    this.#texts.set(key, rendered);
    return rendered;
  }

  #render(view: View, kind: ListKind): ListView {
    const shown = this.#shelvesOf(view).filter(
      ([server, shelf]) => !this.#hidden.has(server) && shelf.snapshot.lists[kind].length > 0,
    );
    const items = shown.flatMap(([server, shelf]) => itemsOf(view, kind, { server, shelf }));
    const hints = shown.map(([, shelf]) => shelf.snapshot.hints[kind] ?? NO_HINTS);
    return { text: JSON.stringify(items), hints: mergeHints(hints) };
  }

  #shelvesOf(view: View): [string, Shelf][] {
    return (view === null ? this.#order : [view]).flatMap((server) => {
      const shelf = this.#shelves.get(server);
      return shelf === undefined ? [] : [[server, shelf] as [string, Shelf]];
    });
  }

  #reindex(): void {
    this.#order = [...this.#shelves.keys()].sort();
    this.#texts.clear();
    this.#byQualifiedName.clear();
    for (const server of this.#order) {
      for (const entry of this.#shelves.get(server)?.tools.values() ?? []) {
        this.#byQualifiedName.set(entry.qualifiedName, entry);
      }
    }
  }
}

const ownName = (server: string, qualified: string): string | undefined => {
  const prefix = qualify(server, "");
  return qualified.startsWith(prefix) ? qualified.slice(prefix.length) : undefined;
};

// A modern tool whose header annotations are invalid must not be offered (2026-07-28, Streamable HTTP).
function shelve(server: string, snapshot: Snapshot, rules: ToolRules): Shelf {
  const tools = new Map<string, ToolEntry>();
  for (const definition of snapshot.lists.tools) {
    const name = definition.name as string;
    const headerParams = snapshot.era === "modern" ? headerParamsOf(definition.inputSchema) : [];
    if (headerParams === undefined || !isShown(name, rules)) continue;
    const claimsRepeatable = isRepeatable(definition.annotations);
    tools.set(name, { server, name, qualifiedName: qualify(server, name), definition, headerParams, claimsRepeatable });
  }
  return { snapshot, tools, prompts: new Set(snapshot.lists.prompts.map((prompt) => prompt.name as string)) };
}

const isRepeatable = (annotations: unknown): boolean =>
  isObject(annotations) && (annotations.readOnlyHint === true || annotations.idempotentHint === true);

function itemsOf(view: View, kind: ListKind, from: { server: string; shelf: Shelf }): readonly JsonObject[] {
  const { server, shelf } = from;
  const items =
    kind === "tools" ? [...shelf.tools.values()].map((entry) => entry.definition) : shelf.snapshot.lists[kind];
  return view === null ? items.map((item) => aggregateItem(server, kind, item)) : items;
}

function aggregateItem(server: string, kind: ListKind, item: JsonObject): JsonObject {
  switch (kind) {
    case "tools":
      return { ...mapToolUi(item, server), name: qualify(server, item.name as string) };
    case "prompts":
      return { ...item, name: qualify(server, item.name as string) };
    case "resources":
      return { ...item, uri: mapUri(server, item.uri as string) };
    case "resourceTemplates":
      return { ...item, uriTemplate: mapUri(server, item.uriTemplate as string) };
  }
}

const mergeHints = (hints: readonly ListHints[]): ListHints => ({
  ttlMs: hints.length === 0 ? 0 : Math.min(...hints.map((hint) => hint.ttlMs)),
  cacheScope: hints.length > 0 && hints.every((hint) => hint.cacheScope === "public") ? "public" : "private",
});

/**
 * The announced capabilities of a view, as far as they are served: no subscriptions, no tasks.
 * `listChanged` is promised only where a stream exists to tell it on.
 */
export function viewCapabilities(catalog: Catalog, view: View, listChanged: boolean): JsonObject {
  const sources = (view === null ? catalog.servers() : [view]).flatMap((server) => catalog.snapshot(server) ?? []);
  const capabilities: JsonObject = {};
  for (const { capabilities: announced } of sources) {
    for (const key of ["tools", "prompts", "resources"]) {
      if (isObject(announced[key])) capabilities[key] = listChanged ? { listChanged } : {};
    }
    for (const key of ["logging", "completions"]) if (isObject(announced[key])) capabilities[key] = {};
  }
  return capabilities;
}
