// How does a fact look as a live frame? A pure translation; null means that this fact is not sent to everybody.
import type { Frame, GatewayEvent } from "#contract/event.ts";

/** A frame before it is numbered. */
export type FrameBody = {
  [F in Frame as F["type"]]: { readonly type: F["type"]; readonly data: F["data"] };
}[Frame["type"]];

export function frameOf(event: GatewayEvent): FrameBody | null {
  switch (event.type) {
    case "server.added":
      return { type: "server_added", data: { server: event.view } };
    case "server.removed":
      return { type: "server_removed", data: { name: event.name } };
    case "status.changed": {
      const { name, oldStatus, newStatus, reason, severity, view } = event;
      const data = { name, old_status: oldStatus, new_status: newStatus, reason, severity, server: view };
      return { type: "mcp_status_change", data };
    }
    case "health.observed": {
      const { name, eventType, message, latencyMs, view } = event;
      return {
        type: "health_event",
        data: { name, event_type: eventType, message, latency_ms: latencyMs, server: view },
      };
    }
    case "circuit.changed": {
      const { name, oldState, newState, reason, retryAfterMs, failures, severity, view } = event;
      const data = { name, old_state: oldState, new_state: newState, reason, failures, severity, server: view };
      return { type: "circuit_breaker_state", data: { ...data, retry_after_ms: retryAfterMs } };
    }
    case "server.auto_disabled": {
      const { name, reason, cycles, view } = event;
      return { type: "mcp_auto_disabled", data: { name, reason, cycles, severity: "critical", server: view } };
    }
    case "catalog.changed":
      return { type: "mcp_tools_changed", data: { name: event.name, kinds: [...event.kinds], server: event.view } };
    case "cache.invalidated": {
      const { server, tool, reason, removed } = event;
      return { type: "cache_invalidated", data: { server, tool, reason, removed } };
    }
    case "config.applied": {
      const { revision, by, source, paths } = event;
      return { type: "config_applied", data: { revision, by, source, paths: [...paths] } };
    }
    case "list.changed":
    case "call.finished":
    case "log.received":
    case "store.changed":
      return null;
  }
}
