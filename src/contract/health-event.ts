// What can happen to a server's health? The words of its log and of the live stream.

/** What happened to an upstream's health, in the words of `omni2.mcp_health_log.event_type`. */
export const HEALTH_EVENT_TYPES = [
  "connected",
  "connect_failed",
  "probe_failed",
  "probe_recovered",
  "disconnected",
  "process_exited",
  "recovery_attempt",
  "catalog_refreshed",
  "stopped",
  "circuit_open",
  "circuit_half_open",
  "circuit_closed",
  "circuit_isolated",
  "crash_loop",
  "auto_disabled",
  "disabled",
  "enabled",
  "hidden",
  "shown",
  "loop_restarted",
  "chaos_started",
  "chaos_ended",
] as const;
export type HealthEventType = (typeof HEALTH_EVENT_TYPES)[number];
