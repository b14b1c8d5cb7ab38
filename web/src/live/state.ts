// What is known after this frame? A pure reducer over live frames: no clock, no socket, no page. It derives no status of its own.
import type { Frame, Metrics, Severity } from "../../../src/contract/event.ts";
import type { ServerView, Status } from "../../../src/contract/upstream.ts";

/** One line of the recent events, as a frame told it. */
export interface EventLine {
  readonly id: number;
  /** Milliseconds since 1970 at the gateway. */
  readonly at: number;
  readonly server: string;
  /** The status it came to, or in one word what else happened. */
  readonly what: Status | { readonly word: string };
  readonly severity: Severity;
  readonly text: string;
}

export interface LiveState {
  /** A snapshot has arrived since the page opened. */
  readonly loaded: boolean;
  /** The database is ready. */
  readonly ready: boolean;
  readonly servers: ReadonlyMap<string, ServerView>;
  readonly metrics: Metrics | null;
  /** Newest first, at most `MAX_EVENTS`, only what was seen since the page opened. */
  readonly events: readonly EventLine[];
  readonly seq: number | null;
  readonly epoch: string | null;
  /** Frames were missed: those after the gap are not applied until a replay or a snapshot fills it. */
  readonly gap: boolean;
  /** Grows whenever the merged tool list may have changed. */
  readonly catalogRevision: number;
  /** The gateway's clock minus the browser's, milliseconds, taken at each snapshot. */
  readonly clockOffsetMs: number;
}

export const MAX_EVENTS = 50;

export const INITIAL: LiveState = {
  loaded: false,
  ready: true,
  servers: new Map(),
  metrics: null,
  events: [],
  seq: null,
  epoch: null,
  gap: false,
  catalogRevision: 0,
  clockOffsetMs: 0,
};

type Of<T extends Frame["type"]> = Extract<Frame, { type: T }>;

const missedBefore = (state: LiveState, frame: Frame): boolean => {
  if (state.seq === null) return false;
  if (frame.prev !== undefined && frame.prev > state.seq) return true;
  return frame.epoch !== undefined && state.epoch !== null && frame.epoch !== state.epoch;
};

const seenBefore = (state: LiveState, frame: Frame): boolean =>
  frame.seq !== undefined && state.seq !== null && frame.seq <= state.seq;

const withServer = (state: LiveState, view: ServerView): LiveState => ({
  ...state,
  servers: new Map(state.servers).set(view.name, view),
});

const catalogMoved = (state: LiveState): LiveState => ({ ...state, catalogRevision: state.catalogRevision + 1 });

function withEvent(state: LiveState, line: Omit<EventLine, "id">): LiveState {
  const id = (state.events[0]?.id ?? 0) + 1;
  return { ...state, events: [{ id, ...line }, ...state.events].slice(0, MAX_EVENTS) };
}

function snapshot(state: LiveState, frame: Of<"initial_status">, receivedAt: number): LiveState {
  return catalogMoved({
    ...state,
    loaded: true,
    ready: frame.data.ready,
    servers: new Map(frame.data.servers.map((view) => [view.name, view])),
    metrics: frame.data.metrics,
    seq: frame.seq ?? null,
    epoch: frame.epoch ?? null,
    gap: false,
    clockOffsetMs: frame.ts - receivedAt,
  });
}

function statusChanged(state: LiveState, { ts, data }: Of<"mcp_status_change">): LiveState {
  const { name, new_status: what, reason: text, severity } = data;
  return withEvent(withServer(state, data.server), { at: ts, server: name, what, severity, text });
}

/** Of the health events only these are news beside the status change that follows them. */
const NEWS: ReadonlyMap<string, string> = new Map([
  ["process_exited", "Exited"],
  ["disconnected", "Disconnected"],
]);

function healthEvent(state: LiveState, { ts, data }: Of<"health_event">): LiveState {
  const next = withServer(state, data.server);
  const word = NEWS.get(data.event_type);
  if (word === undefined) return next;
  const { name: server, message: text } = data;
  return withEvent(next, { at: ts, server, what: { word }, severity: "warning", text });
}

const CIRCUIT_WORDS = {
  closed: "Breaker closed",
  open: "Breaker open",
  half_open: "Breaker on trial",
  isolated: "Isolated",
} as const;

function circuitChanged(state: LiveState, { ts, data }: Of<"circuit_breaker_state">): LiveState {
  const { name: server, new_state: now, reason: text, severity } = data;
  return withEvent(withServer(state, data.server), {
    at: ts,
    server,
    what: { word: CIRCUIT_WORDS[now] },
    severity,
    text,
  });
}

function autoDisabled(state: LiveState, { ts, data }: Of<"mcp_auto_disabled">): LiveState {
  const { name: server, reason: text, severity } = data;
  return withEvent(withServer(state, data.server), { at: ts, server, what: { word: "Disabled" }, severity, text });
}

const plural = (count: number, kind: string): string => `${count} ${count === 1 ? kind.slice(0, -1) : kind}`;

function toolsChanged(state: LiveState, { ts, data }: Of<"mcp_tools_changed">): LiveState {
  const text = `now ${data.kinds.map((kind) => plural(data.server[kind], kind)).join(", ")}`;
  const line = { at: ts, server: data.name, what: { word: "Catalog" }, severity: "info", text } as const;
  return catalogMoved(withEvent(withServer(state, data.server), line));
}

function added(state: LiveState, { ts, data: { server } }: Of<"server_added">): LiveState {
  const text = "added to the configuration";
  const line = { at: ts, server: server.name, what: { word: "Added" }, severity: "info", text } as const;
  return catalogMoved(withEvent(withServer(state, server), line));
}

function removed(state: LiveState, { ts, data: { name } }: Of<"server_removed">): LiveState {
  const servers = new Map(state.servers);
  servers.delete(name);
  const text = "removed from the configuration";
  const line = { at: ts, server: name, what: { word: "Removed" }, severity: "info", text } as const;
  return catalogMoved(withEvent({ ...state, servers }, line));
}

function told(state: LiveState, frame: Frame): LiveState {
  switch (frame.type) {
    case "mcp_status_change":
      return statusChanged(state, frame);
    case "health_event":
      return healthEvent(state, frame);
    case "circuit_breaker_state":
      return circuitChanged(state, frame);
    case "mcp_auto_disabled":
      return autoDisabled(state, frame);
    case "mcp_tools_changed":
      return toolsChanged(state, frame);
    case "server_added":
      return added(state, frame);
    case "server_removed":
      return removed(state, frame);
    case "system_metrics":
      return { ...state, metrics: frame.data };
    default:
      return state;
  }
}

/** The state with which a new socket starts: what it brings may fill the gap. */
export const resumed = (state: LiveState): LiveState => (state.gap ? { ...state, gap: false } : state);

/** The next state. `receivedAt` is the browser's wall time; frames of an unknown type only move `seq`. */
export function apply(state: LiveState, frame: Frame, receivedAt: number): LiveState {
  if (frame.type === "initial_status") return snapshot(state, frame, receivedAt);
  if (!state.loaded || seenBefore(state, frame)) return state;
  if (missedBefore(state, frame)) return { ...state, gap: true };
  const next = told(state, frame);
  return frame.seq === undefined ? next : { ...next, seq: frame.seq, epoch: frame.epoch ?? next.epoch };
}
