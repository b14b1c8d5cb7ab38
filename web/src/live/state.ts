// What is known after this frame? A pure reducer over live frames: no clock, no socket, no page. It derives no status of its own.
import type { Frame, SystemMetrics } from "../../../src/contract/event.ts";
import type { ServerView } from "../../../src/contract/upstream.ts";
import { type EventLine, lineOf } from "./lines.ts";
import { NO_SAMPLES, type Samples, sampled } from "./samples.ts";

export interface LiveState {
  /** A snapshot has arrived since the page opened. */
  readonly loaded: boolean;
  /** The database is ready. */
  readonly ready: boolean;
  readonly servers: ReadonlyMap<string, ServerView>;
  readonly metrics: SystemMetrics | null;
  readonly samples: Samples;
  /** Newest first, at most `MAX_EVENTS`, only what was seen since the page opened. */
  readonly events: readonly EventLine[];
  readonly seq: number | null;
  readonly epoch: string | null;
  /** Frames were missed: those after the gap are not applied until a replay or a snapshot fills it. */
  readonly gap: boolean;
  /** How many snapshots have come: what happened before each was not told. */
  readonly snapshots: number;
  /** Grows whenever the merged tool list may have changed. */
  readonly catalogRevision: number;
  /** Grows whenever kept answers were dropped before their time, or that may have been missed. */
  readonly cacheRevision: number;
  /** Grows whenever another configuration may run. */
  readonly configRevision: number;
  /** The gateway's clock minus the browser's, milliseconds, taken at each snapshot. */
  readonly clockOffsetMs: number;
}

export const MAX_EVENTS = 500;

export const INITIAL: LiveState = {
  loaded: false,
  ready: true,
  servers: new Map(),
  metrics: null,
  samples: NO_SAMPLES,
  events: [],
  seq: null,
  epoch: null,
  gap: false,
  snapshots: 0,
  catalogRevision: 0,
  cacheRevision: 0,
  configRevision: 0,
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
const cacheMoved = (state: LiveState): LiveState => ({ ...state, cacheRevision: state.cacheRevision + 1 });

const measured = (
  { samples }: LiveState,
  metrics: SystemMetrics,
  at: number,
): Pick<LiveState, "metrics" | "samples"> => ({
  metrics,
  samples: sampled(samples, metrics, at),
});

function snapshot(state: LiveState, frame: Of<"initial_status">, receivedAt: number): LiveState {
  return cacheMoved(
    catalogMoved({
      ...state,
      loaded: true,
      snapshots: state.snapshots + 1,
      configRevision: state.configRevision + 1,
      ready: frame.data.ready,
      servers: new Map(frame.data.servers.map((view) => [view.name, view])),
      ...measured(state, frame.data.metrics, frame.ts),
      seq: frame.seq ?? null,
      epoch: frame.epoch ?? null,
      gap: false,
      clockOffsetMs: frame.ts - receivedAt,
    }),
  );
}

function withoutServer(state: LiveState, name: string): LiveState {
  const servers = new Map(state.servers);
  servers.delete(name);
  return { ...state, servers };
}

/** What is known of the servers, the figures and the lists once the frame is taken in. */
function known(state: LiveState, frame: Frame): LiveState {
  switch (frame.type) {
    case "mcp_status_change":
    case "health_event":
    case "circuit_breaker_state":
    case "mcp_auto_disabled":
      return withServer(state, frame.data.server);
    case "mcp_tools_changed":
    case "server_added":
      return catalogMoved(withServer(state, frame.data.server));
    case "server_removed":
      return catalogMoved(withoutServer(state, frame.data.name));
    case "cache_invalidated":
      return cacheMoved(state);
    case "config_applied":
      return { ...state, configRevision: state.configRevision + 1 };
    case "system_metrics":
      return { ...state, ...measured(state, frame.data, frame.ts) };
    default:
      return state;
  }
}

function told(state: LiveState, frame: Frame): LiveState {
  const next = known(state, frame);
  const line = lineOf(frame);
  if (line === null) return next;
  const id = (state.events[0]?.id ?? 0) + 1;
  return { ...next, events: [{ id, ...line }, ...state.events].slice(0, MAX_EVENTS) };
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
