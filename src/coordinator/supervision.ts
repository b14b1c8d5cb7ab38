// What does a supervisor need, and what can be told about it? No behaviour.
import type { HealthEventType } from "#contract/health-event.ts";
import type { LastFailure, Link, UpstreamDefinition } from "#contract/upstream.ts";
import type { Gate } from "#lib/gate.ts";
import type { World } from "#lib/world.ts";
import type { Pass } from "#policy/breaker-state.ts";
import type { HealthState } from "#policy/health.ts";
import type { Connection, ConnectOptions } from "#upstream/connection.ts";
import type { Snapshot } from "#upstream/snapshot.ts";
import type { SideMessage } from "#upstream/transport.ts";
import type { Circuit } from "./circuit.ts";
import type { CircuitChange, CircuitFacts } from "./circuit-terms.ts";
import type { Pace } from "./pace.ts";
import type { Phase } from "./phases.ts";
import type { Vitals } from "./vitals.ts";

export interface HealthEvent {
  readonly eventType: HealthEventType;
  readonly message: string;
  readonly latencyMs?: number;
}

/** What outlives one supervisor: the next one for the same server goes on with it. */
export interface Lasting {
  readonly circuit: Circuit;
  readonly pace: Pace;
}

export interface SupervisorDeps {
  readonly world: World;
  readonly connect: (definition: UpstreamDefinition, options: ConnectOptions) => Promise<Connection>;
  /** Bounds how many upstreams start at once. */
  readonly startGate: Gate;
  /** Told after every transition; the facts already say the new state. */
  readonly onEvent: (event: HealthEvent) => void;
  /** A probe was sent. */
  readonly onProbe: () => void;
  /** Whether background work should wait. */
  readonly busy: () => boolean;
  readonly onCircuit: (change: CircuitChange) => void;
  readonly onListChanged: (kind: "tools" | "prompts" | "resources") => void;
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly onNotification: (message: SideMessage) => void;
  /** Whether lists of an earlier run are being served: then the first connection counts without waiting for new ones. */
  readonly hasSnapshot: () => boolean;
}

/** What is known about one upstream, for views. Times are epoch milliseconds. */
export interface SupervisorFacts {
  readonly link: Link;
  readonly health: HealthState;
  readonly circuit: CircuitFacts;
  readonly attempt: number;
  readonly nextAttemptAt: number | null;
  readonly lastProbeAt: number | null;
  readonly lastRecoveryAt: number | null;
  readonly lastFailure: LastFailure | null;
  readonly authRequired: boolean;
  readonly downtimeMs: number;
  readonly connection: Connection | undefined;
}

/** Faults of a probe that prove the link gone; silence alone needs several in a row. */
export const LINK_IS_GONE = new Set(["SESSION_NOT_FOUND", "UPSTREAM_UNAVAILABLE", "OUTCOME_UNKNOWN"]);

/** The question of a trial that was made by a connect. */
export interface ConnectTrial {
  readonly attempt: number;
  /** The breaker's generation when it began. */
  readonly askedIn: number;
  readonly pass: Pass | undefined;
}

export function factsOf(
  phase: Phase,
  vitals: Vitals,
  more: Pick<SupervisorFacts, "lastProbeAt" | "lastRecoveryAt" | "circuit">,
): SupervisorFacts {
  return {
    link: phase.kind === "waiting" || phase.kind === "stopped" ? "closed" : phase.kind,
    health: vitals.health,
    attempt: phase.kind === "waiting" || phase.kind === "connecting" ? phase.attempt : 0,
    nextAttemptAt: phase.kind === "waiting" ? phase.nextAttemptAt : null,
    ...more,
    lastFailure: vitals.lastFailure,
    authRequired: vitals.authRequired,
    downtimeMs: vitals.downtimeMs,
    connection: phase.kind === "connected" ? phase.connection : undefined,
  };
}
