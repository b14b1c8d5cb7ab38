// What does a supervisor need, which phases does its link pass, and what can be told about it? No behaviour.
import type { HealthEventType } from "#contract/event.ts";
import type { LastFailure, Link, UpstreamDefinition } from "#contract/upstream.ts";
import type { Gate } from "#lib/gate.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { HealthState } from "#policy/health.ts";
import type { Connection, ConnectOptions } from "#upstream/connection.ts";
import type { Snapshot } from "#upstream/snapshot.ts";
import type { SideMessage } from "#upstream/transport.ts";
import type { Vitals } from "./vitals.ts";

export interface HealthEvent {
  readonly eventType: HealthEventType;
  readonly message: string;
  readonly latencyMs?: number;
}

export interface SupervisorDeps {
  readonly world: World;
  readonly connect: (definition: UpstreamDefinition, options: ConnectOptions) => Promise<Connection>;
  /** Bounds how many upstreams start at once. */
  readonly startGate: Gate;
  /** Told after every transition; the facts already say the new state. */
  readonly onEvent: (event: HealthEvent) => void;
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly onNotification: (message: SideMessage) => void;
  /** Whether lists of an earlier run are being served: then the first connection counts without waiting for new ones. */
  readonly hasSnapshot: () => boolean;
}

export type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting"; readonly attempt: number; readonly settled: Promise<void> }
  | { readonly kind: "connected"; readonly connection: Connection; readonly since: number }
  | {
      readonly kind: "waiting";
      readonly attempt: number;
      readonly nextAttemptAt: number;
      readonly failedAt: number;
      readonly cancel: Cancel;
    }
  | { readonly kind: "stopped" };

/** What is known about one upstream, for views. Times are epoch milliseconds. */
export interface SupervisorFacts {
  readonly link: Link;
  readonly health: HealthState;
  readonly attempt: number;
  readonly nextAttemptAt: number | null;
  readonly lastProbeAt: number | null;
  readonly lastRecoveryAt: number | null;
  readonly lastFailure: LastFailure | null;
  readonly authRequired: boolean;
  readonly downtimeMs: number;
  readonly connection: Connection | undefined;
}

/** Calls that find no link do not make attempts closer together than this. */
export const MIN_ATTEMPT_GAP_MS = { stdio: 1_000, http: 250, sse: 250 } as const;
export const PROBE_TIMEOUT_MS = { stdio: 2_000, http: 5_000, sse: 5_000 } as const;
/** Faults of a probe that prove the link gone; silence alone needs three in a row. */
export const LINK_IS_GONE = new Set(["SESSION_NOT_FOUND", "UPSTREAM_UNAVAILABLE", "OUTCOME_UNKNOWN"]);

export function factsOf(
  phase: Phase,
  vitals: Vitals,
  times: Pick<SupervisorFacts, "lastProbeAt" | "lastRecoveryAt">,
): SupervisorFacts {
  return {
    link: phase.kind === "waiting" || phase.kind === "stopped" ? "closed" : phase.kind,
    health: vitals.health,
    attempt: phase.kind === "waiting" || phase.kind === "connecting" ? phase.attempt : 0,
    nextAttemptAt: phase.kind === "waiting" ? phase.nextAttemptAt : null,
    ...times,
    lastFailure: vitals.lastFailure,
    authRequired: vitals.authRequired,
    downtimeMs: vitals.downtimeMs,
    connection: phase.kind === "connected" ? phase.connection : undefined,
  };
}
