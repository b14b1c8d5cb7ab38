// How often did what happen to the health of which server? Counted from the bus, in a bounded number of series.
import type { GatewayEvent } from "#contract/event.ts";
import type { HealthEventType } from "#contract/health-event.ts";

const MAX_SERIES = 2_000;
const OVERFLOW = "other";

export interface HealthSeries {
  readonly server: string;
  readonly type: HealthEventType;
  events: number;
}

export interface HealthMeter {
  observe(event: GatewayEvent): void;
  series(): Iterable<HealthSeries>;
}

/** Servers come and go by name, so what exceeds the bound is counted together as server `other`. */
export function createHealthMeter(): HealthMeter {
  const byKey = new Map<string, HealthSeries>();

  const seriesOf = (server: string, type: HealthEventType): HealthSeries => {
    const key = `${server} ${type}`;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    if (byKey.size >= MAX_SERIES && server !== OVERFLOW) return seriesOf(OVERFLOW, type);
    const fresh: HealthSeries = { server, type, events: 0 };
    byKey.set(key, fresh);
    return fresh;
  };

  return {
    observe(event) {
      const type = healthEventType(event);
      if (type !== undefined && "name" in event) seriesOf(event.name, type).events += 1;
    },
    series: () => byKey.values(),
  };
}

/** As the health log names the event; undefined for events about something else. */
function healthEventType(event: GatewayEvent): HealthEventType | undefined {
  switch (event.type) {
    case "health.observed":
      return event.eventType;
    case "circuit.changed":
      return `circuit_${event.newState}`;
    case "server.auto_disabled":
      return "auto_disabled";
    case "server.added":
    case "server.removed":
    case "status.changed":
    case "catalog.changed":
    case "list.changed":
    case "cache.invalidated":
    case "config.applied":
    case "log.received":
    case "call.finished":
    case "store.changed":
      return undefined;
  }
}
