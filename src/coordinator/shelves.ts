// What of a server's lists is shown, and who hears when they change? The coordinator's hand on the catalog.
import type { GatewayEvent } from "#contract/event.ts";
import type { ServerView, UpstreamDefinition } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import type { Catalog } from "#upstream/catalog.ts";
import { EMPTY_LISTS, type Snapshot, snapshotHash } from "#upstream/snapshot.ts";
import type { SideMessage } from "#upstream/transport.ts";

export interface ShelvesDeps {
  readonly world: World;
  readonly catalog: Catalog;
  readonly publish: (event: GatewayEvent) => void;
  readonly view: (name: string) => ServerView | undefined;
}

type Kind = "tools" | "prompts" | "resources";
const ALL_KINDS: readonly Kind[] = ["tools", "prompts", "resources"];

export class Shelves {
  readonly #deps: ShelvesDeps;
  readonly #hashes = new Map<string, string>();

  constructor(deps: ShelvesDeps) {
    this.#deps = deps;
  }

  /** Whether lists of the server are known, read now or remembered. */
  has(server: string): boolean {
    return this.#hashes.has(server);
  }

  /** Lists that the server itself answered. */
  put({ name, tools }: UpstreamDefinition, snapshot: Snapshot): void {
    const hash = snapshotHash(snapshot);
    if (this.#hashes.get(name) === hash) return;
    const { catalog } = this.#deps;
    const before = catalog.snapshot(name);
    this.#hashes.set(name, hash);
    catalog.put(name, snapshot, tools);
    this.announce(name, changedKinds(before?.lists ?? EMPTY_LISTS, snapshot.lists));
  }

  /** Lists of an earlier run; the server's own win. */
  adopt({ name, tools }: UpstreamDefinition, snapshot: Snapshot, hash: string): void {
    if (this.#hashes.has(name)) return;
    this.#hashes.set(name, hash);
    this.#deps.catalog.put(name, snapshot, tools);
  }

  /** Applies a definition's tool rules to the lists that are known already; answers whether other tools are shown now. */
  reapply({ name, tools }: UpstreamDefinition): boolean {
    const { catalog } = this.#deps;
    const known = catalog.snapshot(name);
    if (known === undefined) return false;
    const before = catalog.list(name, "tools").text;
    catalog.put(name, known, tools);
    return catalog.list(name, "tools").text !== before;
  }

  setHidden(name: string, hidden: boolean): void {
    this.#deps.catalog.setHidden(name, hidden);
    this.announce(name, ALL_KINDS);
  }

  drop(name: string): void {
    this.#deps.catalog.drop(name);
    this.#hashes.delete(name);
  }

  announce(name: string, kinds: readonly Kind[]): void {
    const { world, publish } = this.#deps;
    const view = this.#deps.view(name);
    if (view !== undefined) publish({ type: "catalog.changed", at: world.wall(), name, kinds, view });
  }

  /** A log line of the server that belongs to no call. */
  relayLog(name: string, { method, params }: SideMessage): void {
    if (method !== "notifications/message") return;
    this.#deps.publish({ type: "log.received", at: this.#deps.world.wall(), name, params });
  }
}

/** Lists as clients know them: templates are told with the resources. */
function changedKinds(before: Snapshot["lists"], now: Snapshot["lists"]): Kind[] {
  const said = (lists: Snapshot["lists"]) => ({ ...lists, resources: [lists.resources, lists.resourceTemplates] });
  const [old, fresh] = [said(before), said(now)];
  return ALL_KINDS.filter((kind) => JSON.stringify(old[kind]) !== JSON.stringify(fresh[kind]));
}
