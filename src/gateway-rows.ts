// How do the running parts look as rows of the database, and what of a row is taken up again? Pure translations; what can
// hold a secret stays out.
import type { Drained } from "#calls/ledger.ts";
import type { ServerView, UpstreamDefinition } from "#contract/upstream.ts";
import type { StoredCircuit } from "#coordinator/stored.ts";
import type { HealthEntry } from "#events/entry.ts";
import type { Batch } from "#events/journal.ts";
import { canonicalJson, sha256 } from "#lib/json.ts";
import { qualify } from "#policy/namespace.ts";
import type { ToolRow } from "#store/tables/catalogs.ts";
import type { HealthLogRow } from "#store/tables/health-log.ts";
import type { ServerDefinitionRow, ServerHealthRow } from "#store/tables/servers.ts";
import type { StoreBatch } from "#store/write.ts";
import type { Snapshot } from "#upstream/snapshot.ts";

/** What a server's row keeps and its view does not tell, by server. */
export interface Remembered {
  /** Seconds of downtime stored before this start. */
  readonly downtimeBefore: ReadonlyMap<string, number>;
  /** Why the gateway gave the server up the last time. */
  readonly disabledReasons: ReadonlyMap<string, string>;
}

export const storeBatch = ({ views, health, events, calls }: Batch<Drained>, remembered: Remembered): StoreBatch => ({
  servers: views.map((view) => healthRow(view, remembered)),
  healthLog: health.map(healthLogRow),
  events,
  calls: calls?.records ?? [],
  callMinutes: calls?.minutes ?? [],
});

const healthRow = (view: ServerView, { downtimeBefore, disabledReasons }: Remembered): ServerHealthRow => ({
  name: view.name,
  status: view.status,
  statusReason: view.statusReason,
  link: view.link,
  health: view.health,
  circuitState: view.circuitState,
  circuitRetryAt: view.circuitRetryAt,
  circuitReason: view.circuitReason,
  consecutiveFailures: view.consecutiveFailures,
  failureCycles: view.failureCycles,
  lastProbeAt: view.lastProbeAt,
  lastRecoveryAt: view.lastRecoveryAt,
  totalDowntimeSeconds: (downtimeBefore.get(view.name) ?? 0) + Math.round(view.downtimeMs / 1000),
  autoDisabledAt: view.autoDisabledAt,
  autoDisabledReason: view.autoDisabledAt === null ? null : (disabledReasons.get(view.name) ?? view.statusReason),
  enabledOverride: view.enabledOverride,
});

const healthLogRow = ({ at, name, eventType, message, latencyMs, view }: HealthEntry): HealthLogRow => ({
  at,
  server: name,
  eventType,
  message,
  latencyMs,
  status: view.status,
  health: view.health,
});

export const storedCircuit = (row: ServerHealthRow): StoredCircuit => ({
  name: row.name,
  circuitState: row.circuitState,
  circuitRetryAt: row.circuitRetryAt,
  circuitReason: row.circuitReason,
  failureCycles: row.failureCycles,
  consecutiveFailures: row.consecutiveFailures,
  autoDisabledAt: row.autoDisabledAt,
  autoDisabledReason: row.autoDisabledReason,
  enabledOverride: row.enabledOverride,
});

// A URL can carry a credential in its query or user part; only the rest is for the database's readers.
const shownUrl = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
};

export const definitionRow = (definition: UpstreamDefinition): ServerDefinitionRow => ({
  name: definition.name,
  origin: definition.origin,
  url: definition.transport.kind === "stdio" ? null : shownUrl(definition.transport.url),
  description: definition.description,
  protocol: definition.transport.kind,
  timeoutSeconds: definition.timeoutMs / 1000,
  enabled: definition.enabled,
});

export const toolRow =
  (server: string) =>
  (tool: Snapshot["lists"]["tools"][number]): ToolRow => ({
    name: String(tool.name),
    qualifiedName: qualify(server, String(tool.name)),
    title: typeof tool.title === "string" ? tool.title : null,
    description: typeof tool.description === "string" ? tool.description : null,
    inputSchema: tool.inputSchema ?? {},
    annotations: tool.annotations ?? {},
    definitionHash: sha256(canonicalJson(tool)),
  });
