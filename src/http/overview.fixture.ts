// What do the tests of this room look up beside the present state? Plain answers, and a note of what was asked.
import type { ConnectionsAnswer } from "#contract/connection.ts";
import type { Discovery } from "#contract/discovery.ts";
import type { Figure, ServerMinute, ServerTimeline, StateAt } from "#contract/timeline.ts";
import type { PeopleDeps } from "./deps.ts";

export const TIMELINE: ServerTimeline = {
  server: "files",
  spans: [{ from: 1, to: null, status: "up", reason: null }],
  incidents: [],
  downMs: 0,
  meanRecoveryMs: null,
};
export const STATE_AT: StateAt = { server: "files", status: "down", reason: "gone" };
export const MINUTE: ServerMinute = { at: 60_000, calls: 3, faults: 1, cached: 1, meanMs: 2, maxMs: 4 };
export const FIGURE: Figure = {
  at: 10_000,
  calls: 1,
  faults: 0,
  hits: 0,
  savedMs: 0,
  p95Ms: null,
  sessions: 0,
  sockets: 0,
  rssBytes: 1,
  loopLagMs: 0,
};
export const CONNECTIONS: ConnectionsAnswer = { mcp: [], mcpTotal: 0, live: [], liveTotal: 0 };
export const DISCOVERY: Discovery = {
  type: "http",
  serverInfo: null,
  era: "modern",
  protocolVersion: "2026-07-28",
  tools: [],
  prompts: 0,
  resources: 0,
  elapsedMs: 5,
  warnings: [],
};

/** `acts` gets what was asked for. */
export const overviewDeps = (acts: unknown[][]): Pick<PeopleDeps, "past" | "figures" | "connections" | "discover"> => ({
  past: {
    async timeline(query) {
      acts.push(["timeline", query]);
      return [TIMELINE];
    },
    async statesAt(at) {
      acts.push(["moment", at]);
      return [STATE_AT];
    },
    async minutes(server, hours) {
      acts.push(["minutes", server, hours]);
      return [MINUTE];
    },
  },
  figures: () => [FIGURE],
  connections: () => CONNECTIONS,
  async discover(input, principal) {
    acts.push(["discover", input, principal.id]);
    return DISCOVERY;
  },
});
