// How is one upstream shown? Facts of its supervisor and its catalog, put into the view that REST and frames share.
import type { ServerView, UpstreamDefinition } from "#contract/upstream.ts";
import { failsOf, statusOf } from "#policy/health.ts";
import type { Snapshot } from "#upstream/snapshot.ts";
import type { SupervisorFacts } from "./supervision.ts";

export interface ViewSources {
  readonly definition: UpstreamDefinition;
  readonly facts: SupervisorFacts;
  readonly snapshot: Snapshot | undefined;
  /** Tools shown after the allow and deny rules. */
  readonly shownTools: number;
  readonly latency: ServerView["latency"];
}

export function serverView({ definition, facts, snapshot, shownTools, latency }: ViewSources): ServerView {
  const { connection, health } = facts;
  const link = definition.enabled ? facts.link : "idle";
  const status = statusOf({
    enabled: definition.enabled,
    breaker: "closed",
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
    statusReason: statusReason(status, definition, facts),
    link,
    health: health.health,
    circuitState: "closed",
    retryAfterMs: null,
    circuitReason: null,
    circuitRetryAt: null,
    autoDisabledAt: null,
    enabledOverride: null,
    chaos: null,
    load: { inFlight: 0, queued: 0 },
    consecutiveFailures: failsOf(health),
    failureCycles: 0,
    lastProbeAt: facts.lastProbeAt,
    lastRecoveryAt: facts.lastRecoveryAt,
    lastFailure: facts.lastFailure,
    nextAttemptAt: facts.nextAttemptAt,
    attempt: facts.attempt,
    downtimeMs: Math.round(facts.downtimeMs),
    tools: shownTools,
    prompts: snapshot?.lists.prompts.length ?? 0,
    resources: snapshot?.lists.resources.length ?? 0,
    latency,
    cache: { hits: 0, misses: 0, hitRate: 0 },
    era: connection?.era ?? snapshot?.era ?? null,
    protocolVersion: connection?.protocolVersion ?? snapshot?.protocolVersion ?? null,
    serverInfo: serverInfo(connection?.serverInfo ?? snapshot?.serverInfo ?? null),
    pid: connection?.childPid ?? null,
  };
}

const serverInfo = (info: ServerView["serverInfo"]): ServerView["serverInfo"] =>
  info === null ? null : { name: info.name, version: info.version };

function statusReason(
  status: ServerView["status"],
  definition: UpstreamDefinition,
  facts: SupervisorFacts,
): string | null {
  if (!definition.enabled) return "Disabled in the configuration.";
  if (status === "up") return facts.lastFailure?.stage === "list" ? facts.lastFailure.message : null;
  if (facts.authRequired) return facts.lastFailure?.message ?? "The server refuses the gateway's credentials.";
  if (status === "unknown") return "Starting.";
  return facts.lastFailure?.message ?? null;
}
