// How is a live frame told as one line? The gateway's own words, one word for what happened, and whether it is news. Pure.
import type { Frame, Severity } from "../../../src/contract/event.ts";
import type { HealthEventType } from "../../../src/contract/health-event.ts";
import type { CircuitState, Status } from "../../../src/contract/upstream.ts";

/** What people can narrow the events to. */
export const KINDS = ["status", "breaker", "health", "catalog", "cache", "servers", "configuration"] as const;
export type Kind = (typeof KINDS)[number];

/** One event, as a frame told it. */
export interface EventLine {
  /** Grows by one with each line of this page. */
  readonly id: number;
  /** The gateway's number of it within its epoch. */
  readonly seq: number | null;
  /** Milliseconds since 1970 at the gateway. */
  readonly at: number;
  /** Null where it is about all of them. */
  readonly server: string | null;
  readonly kind: Kind;
  /** The status it came to, or in one word what else happened. */
  readonly what: Status | { readonly word: string };
  /** Null where the gateway gives none. */
  readonly severity: Severity | null;
  readonly text: string;
  /** Worth a line among the recent events of the overview; else it only accompanies one that is. */
  readonly news: boolean;
}

type Of<T extends Frame["type"]> = Extract<Frame, { type: T }>;
type Told = Omit<EventLine, "id" | "seq" | "at">;

const CIRCUIT_WORDS: Readonly<Record<CircuitState, string>> = {
  closed: "Breaker closed",
  open: "Breaker open",
  half_open: "Breaker on trial",
  isolated: "Isolated",
};

/** A word for each health event. */
export const HEALTH_WORDS: Readonly<Record<HealthEventType, string>> = {
  connected: "Connected",
  connect_failed: "Not reached",
  probe_failed: "Probe failed",
  probe_recovered: "Probe passed",
  disconnected: "Disconnected",
  process_exited: "Exited",
  recovery_attempt: "Reconnecting",
  catalog_refreshed: "Lists read",
  stopped: "Stopped",
  circuit_open: "Breaker open",
  circuit_half_open: "Breaker on trial",
  circuit_closed: "Breaker closed",
  circuit_isolated: "Isolated",
  crash_loop: "Keeps ending",
  auto_disabled: "Disabled",
  disabled: "Disabled",
  enabled: "Enabled",
  hidden: "Tools hidden",
  shown: "Tools shown",
  loop_restarted: "Watch restarted",
  chaos_started: "Drill started",
  chaos_ended: "Drill ended",
};

/** Of the health events only these are news beside the status change that follows them. */
const NEWS: ReadonlySet<HealthEventType> = new Set(["process_exited", "disconnected"]);

const DROPPED: Readonly<Record<Of<"cache_invalidated">["data"]["reason"], string>> = {
  write: "a call that may write",
  person: "a person cleared it",
  tools_changed: "the tools changed",
  resources_changed: "the resources changed",
  configuration: "the configuration changed",
  server_removed: "the server was removed",
  reconnected: "a new connection",
};

const plural = (count: number, kind: string): string => `${count} ${count === 1 ? kind.slice(0, -1) : kind}`;

function healthLine({ name, event_type, message }: Of<"health_event">["data"]): Told {
  const told = { server: name, kind: "health", severity: null, text: message } as const;
  return { ...told, what: { word: HEALTH_WORDS[event_type] ?? event_type }, news: NEWS.has(event_type) };
}

function catalogLine({ name, kinds, server }: Of<"mcp_tools_changed">["data"]): Told {
  const text = `now ${kinds.map((kind) => plural(server[kind], kind)).join(", ")}`;
  return { server: name, kind: "catalog", what: { word: "Catalog" }, severity: null, text, news: true };
}

function cacheLine({ server, tool, reason, removed }: Of<"cache_invalidated">["data"]): Told {
  const text = `${plural(removed, "kept answers")}${tool === null ? "" : ` of ${tool}`} dropped: ${DROPPED[reason] ?? reason}`;
  return { server, kind: "cache", what: { word: "Cache emptied" }, severity: null, text, news: false };
}

const configured = (server: string, word: "Added" | "Removed"): Told => {
  const text = word === "Added" ? "added to the configuration" : "removed from the configuration";
  // Every start of the gateway tells of all that it adds.
  return { server, kind: "servers", what: { word }, severity: null, text, news: word === "Removed" };
};

/** What a start finds is no news: the gateway tells of it each time. */
function appliedLine({ revision, by, source, paths }: Of<"config_applied">["data"]): Told {
  const text = `revision ${revision} by ${by}${paths.length > 0 ? `: ${paths.join(", ")}` : ""}`;
  const told = { server: null, kind: "configuration", severity: null, text } as const;
  return { ...told, what: { word: source === "rollback" ? "Rolled back" : "Configured" }, news: source !== "start" };
}

function toldBy(frame: Frame): Told | null {
  switch (frame.type) {
    case "mcp_status_change": {
      const { name: server, new_status: what, severity, reason: text } = frame.data;
      return { server, kind: "status", what, severity, text, news: true };
    }
    case "circuit_breaker_state": {
      const { name: server, new_state, severity, reason: text } = frame.data;
      return { server, kind: "breaker", what: { word: CIRCUIT_WORDS[new_state] }, severity, text, news: true };
    }
    case "mcp_auto_disabled": {
      const { name: server, severity, reason: text } = frame.data;
      return { server, kind: "servers", what: { word: "Disabled" }, severity, text, news: true };
    }
    case "health_event":
      return healthLine(frame.data);
    case "mcp_tools_changed":
      return catalogLine(frame.data);
    case "cache_invalidated":
      return cacheLine(frame.data);
    case "config_applied":
      return appliedLine(frame.data);
    case "server_added":
      return configured(frame.data.server.name, "Added");
    case "server_removed":
      return configured(frame.data.name, "Removed");
    default:
      return null;
  }
}

/** The line of a frame; null for frames that tell no event. */
export function lineOf(frame: Frame): Omit<EventLine, "id"> | null {
  const told = toldBy(frame);
  return told && { seq: frame.seq ?? null, at: frame.ts, ...told };
}
