// How much has been done for all upstreams together? Counts from the start on.
import type { Done } from "./cycle.ts";
import type { HealthEvent } from "./supervision.ts";

export class Tally implements Done {
  probes = 0;
  reconnects = 0;

  /** A server was asked whether it lives. */
  readonly probed = (): void => {
    this.probes++;
  };

  heard({ eventType }: HealthEvent): void {
    if (eventType === "recovery_attempt") this.reconnects++;
  }

  /** What it counts at this moment. */
  now(): Done {
    return { probes: this.probes, reconnects: this.reconnects };
  }
}
