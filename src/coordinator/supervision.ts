// What does a supervisor need, which phases does its link pass, and what can be told about it? Types only.
import type { HealthEventType } from "#contract/event.ts";
import type { LastFailure, Link, UpstreamDefinition } from "#contract/upstream.ts";
import type { Gate } from "#lib/gate.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { HealthState } from "#policy/health.ts";
import type { Connection, ConnectOptions } from "#upstream/connection.ts";
import type { Snapshot } from "#upstream/snapshot.ts";
import type { SideMessage } from "#upstream/transport.ts";

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
