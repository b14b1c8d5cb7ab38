// How is one upstream shown? Facts of its supervisor and its catalog, put into the view that REST and frames share.
import type { ServerView } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import { failsOf, statusOf } from "#policy/health.ts";
import type { Catalog } from "#upstream/catalog.ts";
import type { Entry } from "./entry.ts";
import type { SupervisorFacts } from "./supervision.ts";

export interface ViewDeps {
  readonly world: World;
  readonly catalog: Pick<Catalog, "snapshot" | "toolCount">;
  readonly callFacts: (server: string) => Pick<ServerView, "latency" | "load" | "chaos" | "cache">;
}

export function viewOf(entry: Entry, { world, catalog, callFacts }: ViewDeps): ServerView {
  const facts = entry.supervisor.facts();
  const snapshot = catalog.snapshot(entry.name);
  const { connection, health, circuit } = facts;
  const definition = entry.effective;
  const link = definition.enabled ? facts.link : "idle";
  const status = statusOf({
    enabled: definition.enabled,
    breaker: circuit.state,
    link,
    health: health.health,
    authRequired: facts.authRequired,
  });
  return {
    name: definition.name,
    origin: definition.origin,
    type: connection?.form ?? definition.transport.kind,
    description: definition.description,
    enabled: definition.enabled,
    trusted: definition.trusted,
    status,
    statusReason: statusReason(status, entry, facts),
    link,
    health: health.health,
    circuitState: circuit.state,
    retryAfterMs: circuit.retryAt === null ? null : Math.max(0, circuit.retryAt - world.wall()),
    circuitReason: circuit.reason,
    circuitRetryAt: circuit.retryAt,
    autoDisabledAt: entry.autoDisabled?.at ?? null,
    enabledOverride: entry.override,
    ...callFacts(entry.name),
    consecutiveFailures: Math.max(failsOf(health), circuit.failures),
    failureCycles: circuit.cycles,
    lastProbeAt: facts.lastProbeAt,
    lastRecoveryAt: facts.lastRecoveryAt,
    lastFailure: facts.lastFailure,
    nextAttemptAt: facts.nextAttemptAt,
    attempt: facts.attempt,
    downtimeMs: Math.round(facts.downtimeMs),
    tools: catalog.toolCount(entry.name),
    prompts: snapshot?.lists.prompts.length ?? 0,
    resources: snapshot?.lists.resources.length ?? 0,
    era: connection?.era ?? snapshot?.era ?? null,
    protocolVersion: connection?.protocolVersion ?? snapshot?.protocolVersion ?? null,
    serverInfo: serverInfo(connection?.serverInfo ?? snapshot?.serverInfo ?? null),
    pid: connection?.childPid ?? null,
  };
}

const serverInfo = (info: ServerView["serverInfo"]): ServerView["serverInfo"] =>
  info === null ? null : { name: info.name, version: info.version };

function statusReason(status: ServerView["status"], entry: Entry, facts: SupervisorFacts): string | null {
  const { circuit, lastFailure, authRequired } = facts;
  if (!entry.effective.enabled) return disabledReason(entry);
  if (circuit.state === "isolated") return sentence(circuit.reason ?? "isolated by a person");
  if (status === "up") return lastFailure?.stage === "list" ? lastFailure.message : null;
  if (authRequired) return lastFailure?.message ?? "The server refuses the gateway's credentials.";
  if (status === "unknown") return circuit.state === "open" ? sentence(circuit.reason ?? "") : "Starting.";
  if (circuit.state === "open") return sentence([circuit.reason, lastFailure?.message].filter(Boolean).join(": "));
  // Its link is up, so what ended the last one is overcome.
  if (facts.link === "connected" && circuit.state === "half_open") return sentence(`${circuit.reason}; being tried`);
  return lastFailure?.message ?? null;
}

const disabledReason = ({ autoDisabled, override }: Entry): string => {
  if (autoDisabled !== null) return sentence(`Disabled by the gateway after ${autoDisabled.reason}`);
  return override === false ? "Disabled by a person." : "Disabled in the configuration.";
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, ".")}`;
