// What can a person do to a server now, and how is each of it called? Pure.
import type { ServerVerb } from "../../../src/contract/api.ts";
import type { ServerView } from "../../../src/contract/upstream.ts";

export const VERB_WORDS: Readonly<Record<ServerVerb, readonly [button: string, doing: string, done: string]>> = {
  probe: ["Probe now", "Probing…", "Probed"],
  reconnect: ["Reconnect", "Reconnecting…", "Reconnected"],
  isolate: ["Isolate", "Isolating…", "Isolated"],
  release: ["Release", "Releasing…", "Released"],
  enable: ["Enable", "Enabling…", "Enabled"],
  disable: ["Disable", "Disabling…", "Disabled"],
  "reset-breaker": ["Reset breaker", "Resetting the breaker…", "Breaker reset"],
};

/** The verbs that make sense now, the most harmless first. */
export function verbsOf({ enabled, circuitState }: ServerView): ServerVerb[] {
  if (!enabled) return ["enable"];
  const reset: ServerVerb[] = circuitState === "open" || circuitState === "half_open" ? ["reset-breaker"] : [];
  return ["probe", "reconnect", ...reset, circuitState === "isolated" ? "release" : "isolate", "disable"];
}
