// What does the gateway write down, and what does it take up again? The arrows between the running parts and the store.
import type { Drained, Ledger } from "#calls/ledger.ts";
import type { Config } from "#config/config.ts";
import type { ServerView, UpstreamDefinition } from "#contract/upstream.ts";
import type { Coordinator } from "#coordinator/coordinator.ts";
import type { Bus } from "#events/bus.ts";
import { type Batch, Journal } from "#events/journal.ts";
import { canonicalJson, sha256 } from "#lib/json.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { qualify } from "#policy/namespace.ts";
import type { Store } from "#store/store.ts";
import type { ServerDefinitionRow, ServerHealthRow } from "#store/tables/servers.ts";
import { parseSnapshot, type Snapshot } from "#upstream/snapshot.ts";

export interface GatewayStoreDeps {
  readonly store: Store;
  readonly config: Config;
  readonly coordinator: Coordinator;
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly world: World;
  readonly log: Log;
}

export interface GatewayStore {
  /** Resolves when the store has been ready once and what it remembered has been taken up. */
  readonly adopted: Promise<void>;
  saveSnapshot(server: string, snapshot: Snapshot, hash: string): void;
  close(): Promise<void>;
}

export function wireStore(deps: GatewayStoreDeps): GatewayStore {
  const { store, config, bus, world, log } = deps;
  const adopted = Promise.withResolvers<void>();
  /** Seconds of downtime stored before this start, by server. */
  const downtimeBefore = new Map<string, number>();
  const unsaved = new Map<string, { snapshot: Snapshot; hash: string }>();
  const journal = new Journal<Drained>({
    world,
    log: log.service("Journal"),
    subscribe: bus.subscribe,
    isReady: () => store.state === "ready" && known,
    drainCalls: () => nonEmpty(deps.ledger.drain()),
    write: (batch) => writeBatch(store, batch, downtimeBefore),
  });
  let known = false;

  const sync = async (definitions: readonly UpstreamDefinition[]): Promise<void> => {
    if (store.state !== "ready") return;
    await store.servers.syncDefinitions(definitions.map(definitionRow));
    journal.touch(deps.coordinator.views());
  };
  const onReady = async (): Promise<void> => {
    bus.publish({ type: "store.changed", at: world.wall(), state: "ready" });
    try {
      for (const row of await store.servers.loadHealth()) {
        if (!known) downtimeBefore.set(row.name, row.totalDowntimeSeconds);
      }
      for (const { server, hash, snapshot } of await store.catalogs.loadAll()) {
        const parsed = parseSnapshot(snapshot);
        if (parsed !== undefined) deps.coordinator.adoptSnapshot(server, parsed, hash);
      }
      await config.adoptStored();
      await sync(config.current().definitions);
      known = true;
      for (const [server, { snapshot, hash }] of unsaved) saveSnapshot(server, snapshot, hash);
      adopted.resolve();
    } catch (err) {
      log.warn({ err }, "What the database remembers could not be read yet; it is tried again when it is back");
    }
  };
  const saveSnapshot = (server: string, snapshot: Snapshot, hash: string): void => {
    unsaved.set(server, { snapshot, hash });
    if (store.state !== "ready" || !known) return;
    const saved = store.catalogs.save({ server, hash, snapshot, tools: snapshot.lists.tools.map(toolRow(server)) });
    saved.then(
      () => unsaved.get(server)?.hash === hash && unsaved.delete(server),
      (err) => log.warn({ err, server }, "The catalog could not be saved; it is saved again when the database is back"),
    );
  };

  const offConfig = config.onChange(({ definitions }) => sync(definitions));
  const offState = store.onState((state) => {
    if (state === "ready") void onReady();
    else bus.publish({ type: "store.changed", at: world.wall(), state });
  });
  if (store.state === "ready") void onReady();
  return {
    adopted: adopted.promise,
    saveSnapshot,
    async close() {
      offConfig();
      offState();
      await journal.close();
    },
  };
}

const nonEmpty = (drained: Drained): Drained | undefined => (drained.minutes.length > 0 ? drained : undefined);

async function writeBatch(store: Store, batch: Batch<Drained>, before: ReadonlyMap<string, number>): Promise<void> {
  await store.servers.saveHealth(batch.views.map((view) => healthRow(view, before.get(view.name) ?? 0)));
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
  if (batch.calls === undefined) return;
  await store.callMinutes.add(batch.calls.minutes);
  await store.calls.append(batch.calls.records);
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
