// What does the gateway write down, and what does it take up again? The arrows between the running parts and the store.
import type { Drained, Ledger } from "#calls/ledger.ts";
import type { Config } from "#config/config.ts";
import type { ServerView, UpstreamDefinition } from "#contract/upstream.ts";
import type { Coordinator } from "#coordinator/coordinator.ts";
import type { Bus } from "#events/bus.ts";
import { type Batch, Journal } from "#events/journal.ts";
import { canonicalJson, sha256 } from "#lib/json.ts";
import type { Log } from "#lib/log.ts";
import type { Cancel, World } from "#lib/world.ts";
import { qualify } from "#policy/namespace.ts";
import type { Store, StoreState } from "#store/store.ts";
import type { ServerDefinitionRow, ServerHealthRow } from "#store/tables/servers.ts";
import type { Catalog } from "#upstream/catalog.ts";
import { parseSnapshot, type Snapshot, snapshotHash } from "#upstream/snapshot.ts";

export interface GatewayStoreDeps {
  readonly store: Store;
  readonly config: Config;
  readonly coordinator: Coordinator;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly world: World;
  readonly log: Log;
}

/** How often old rows are removed, in milliseconds. */
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const CALLS_DAYS = 7;
const EVENTS_DAYS = 30;

export class GatewayStore {
  readonly #deps: GatewayStoreDeps;
  readonly #journal: Journal<Drained>;
  readonly #adopted = Promise.withResolvers<void>();
  readonly #off: (() => void)[];
  /** Seconds of downtime stored before this start, by server. */
  readonly #downtimeBefore = new Map<string, number>();
  /** Servers whose present snapshot is not committed yet. */
  readonly #unsaved = new Set<string>();
  #isAdopted = false;
  #cancelPrune: Cancel = () => {};

  constructor(deps: GatewayStoreDeps) {
    const { store, config, bus, world, log } = deps;
    this.#deps = deps;
    this.#journal = new Journal<Drained>({
      world,
      log: log.service("Journal"),
      subscribe: bus.subscribe,
      isReady: () => store.state === "ready" && this.#isAdopted,
      drainCalls: () => nonEmpty(deps.ledger.drain()),
      write: (batch) => writeBatch(store, batch, this.#downtimeBefore),
    });
    this.#off = [
      config.onChange(({ definitions }) => this.#sync(definitions)),
      store.onState((state) => this.#onState(state)),
      bus.subscribe((event) => {
        if (event.type === "catalog.changed") void this.#saveSnapshot(event.name);
      }),
    ];
    this.#onState(store.state);
    this.#schedulePrune();
  }

  /** Resolves when the store has been ready once and what it remembered has been taken up. */
  get adopted(): Promise<void> {
    return this.#adopted.promise;
  }

  async close(): Promise<void> {
    for (const off of this.#off) off();
    this.#cancelPrune();
    await this.#journal.close();
  }

  #onState(state: StoreState): void {
    const { bus, world } = this.#deps;
    if (state !== "waiting") bus.publish({ type: "store.changed", at: world.wall(), state });
    if (state === "ready") void this.#onReady();
  }

  async #onReady(): Promise<void> {
    try {
      await this.#adopt();
      for (const server of this.#unsaved) await this.#saveSnapshot(server);
      this.#adopted.resolve();
    } catch (err) {
      this.#deps.log.warn({ err }, "What the database remembers could not be read; it is tried again when it is back");
    }
  }

  async #adopt(): Promise<void> {
    const { store, config, coordinator } = this.#deps;
    const known = await store.servers.loadHealth();
    if (!this.#isAdopted) for (const row of known) this.#downtimeBefore.set(row.name, row.totalDowntimeSeconds);
    await config.adoptStored();
    for (const { server, hash, snapshot } of await store.catalogs.loadAll()) {
      const parsed = parseSnapshot(snapshot);
      if (parsed !== undefined) coordinator.adoptSnapshot(server, parsed, hash);
    }
    await this.#sync(config.current().definitions);
    this.#isAdopted = true;
  }

  async #sync(definitions: readonly UpstreamDefinition[]): Promise<void> {
    const { store, coordinator, log } = this.#deps;
    if (store.state !== "ready") return;
    await store.servers.syncDefinitions(definitions.map(definitionRow)).catch((err) => {
      log.warn({ err }, "The list of servers could not be stored; it is stored again when the database is back");
    });
    this.#journal.touch(coordinator.views());
  }

  async #saveSnapshot(server: string): Promise<void> {
    const { store, catalog, log } = this.#deps;
    this.#unsaved.add(server);
    const snapshot = catalog.snapshot(server);
    if (store.state !== "ready" || !this.#isAdopted || snapshot === undefined) return;
    const tools = snapshot.lists.tools.map(toolRow(server));
    try {
      await store.catalogs.save({ server, hash: snapshotHash(snapshot), snapshot, tools });
      this.#unsaved.delete(server);
    } catch (err) {
      log.warn({ err, server }, "The catalog could not be saved; it is saved again when the database is back");
    }
  }

  #schedulePrune(): void {
    this.#cancelPrune = this.#deps.world.after(PRUNE_EVERY_MS, () => {
      void this.#prune();
      this.#schedulePrune();
    });
  }

  async #prune(): Promise<void> {
    const { store, config, world, log } = this.#deps;
    const { retention } = config.current().document.omni2;
    const callsBefore = world.wall() - (retention?.callsDays ?? CALLS_DAYS) * DAY_MS;
    const eventsBefore = world.wall() - (retention?.eventsDays ?? EVENTS_DAYS) * DAY_MS;
    try {
      await pruneAll(() => store.calls.prune(callsBefore));
      await pruneAll(() => store.callMinutes.prune(callsBefore));
      await pruneAll(() => store.healthLog.prune(eventsBefore));
    } catch (err) {
      log.warn({ err }, "Old records could not be removed; it is tried again in an hour");
    }
  }
}

/** Removes in steps until nothing is left to remove. */
async function pruneAll(step: () => Promise<number>): Promise<void> {
  while ((await step()) > 0);
}

const nonEmpty = (drained: Drained): Drained | undefined => (drained.minutes.length > 0 ? drained : undefined);

async function writeBatch(store: Store, batch: Batch<Drained>, before: ReadonlyMap<string, number>): Promise<void> {
  // What may be written twice without harm comes first, because a batch that failed half-way is written again as a whole.
  await store.servers.saveHealth(batch.views.map((view) => healthRow(view, before.get(view.name) ?? 0)));
  await store.calls.append(batch.calls?.records ?? []);
  await store.healthLog.append(
    batch.health.map(({ at, name, eventType, message, latencyMs, view }) => ({
      at,
      server: name,
      eventType,
      message,
      latencyMs,
      status: view.status,
      health: view.health,
    })),
  );
  await store.callMinutes.add(batch.calls?.minutes ?? []);
}

const healthRow = (view: ServerView, secondsBefore: number): ServerHealthRow => ({
  name: view.name,
  status: view.status,
  statusReason: view.statusReason,
  link: view.link,
  health: view.health,
  circuitState: view.circuitState,
  consecutiveFailures: view.consecutiveFailures,
  failureCycles: view.failureCycles,
  lastProbeAt: view.lastProbeAt,
  lastRecoveryAt: view.lastRecoveryAt,
  totalDowntimeSeconds: secondsBefore + Math.round(view.downtimeMs / 1000),
});

// A URL can carry a credential in its query or user part; only the rest is for the database's readers.
const shownUrl = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
};

const definitionRow = (definition: UpstreamDefinition): ServerDefinitionRow => ({
  name: definition.name,
  origin: definition.origin,
  url: definition.transport.kind === "stdio" ? null : shownUrl(definition.transport.url),
  description: definition.description,
  protocol: definition.transport.kind,
  timeoutSeconds: definition.timeoutMs / 1000,
  enabled: definition.enabled,
});

const toolRow = (server: string) => (tool: Snapshot["lists"]["tools"][number]) => ({
  name: String(tool.name),
  qualifiedName: qualify(server, String(tool.name)),
  title: typeof tool.title === "string" ? tool.title : null,
  description: typeof tool.description === "string" ? tool.description : null,
  inputSchema: tool.inputSchema ?? {},
  annotations: tool.annotations ?? {},
  definitionHash: sha256(canonicalJson(tool)),
});
