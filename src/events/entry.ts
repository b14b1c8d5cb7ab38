// Which facts are kept in the health log, and how does each look as a row of it? A pure translation; null means that a
// fact is not kept.
import type { GatewayEvent } from "#contract/event.ts";
import type { HealthEventType } from "#contract/health-event.ts";
import type { ServerView } from "#contract/upstream.ts";

/** One line of a server's story. */
export interface HealthEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly name: string;
  readonly eventType: HealthEventType;
  readonly message: string;
  readonly latencyMs: number | null;
  /** The server right after it. */
  readonly view: ServerView;
}

export function entryOf(event: GatewayEvent): HealthEntry | null {
  switch (event.type) {
    case "health.observed": {
      const { at, name, eventType, message, latencyMs, view } = event;
      return { at, name, eventType, message, latencyMs, view };
    }
    case "circuit.changed": {
      const { at, name, newState, reason, view } = event;
      return { at, name, eventType: `circuit_${newState}`, message: reason, latencyMs: null, view };
    }
    case "server.auto_disabled": {
      const { at, name, reason, view } = event;
      return { at, name, eventType: "auto_disabled", message: reason, latencyMs: null, view };
    }
    default:
      return null;
  }
}
