// Is an upstream well, and which one word do people read? Pure: observations in, health and status out.
//
//            pass/connected                 fail
//   unknown ---------------> healthy ----------------> degraded(1)
//      |                      ^   ^ pass                  | fail, until `fall` in a row
//      | fail/lost            |   +-----------------------+
//      v                      |                           v
//   unhealthy --- `rise` passes in a row, or connected    unhealthy
//      (`lost` leads to unhealthy from everywhere)
import type { CircuitState, Health, Link, Status } from "#contract/upstream.ts";

export type HealthState =
  | { readonly health: "unknown" }
  | { readonly health: "healthy" }
  | { readonly health: "degraded"; readonly fails: number }
  | { readonly health: "unhealthy"; readonly fails: number; readonly passes: number };

/** `connected`: a handshake succeeded. `lost`: the link ended or could not be made. `pass`, `fail`: a probe's or call's outcome. */
export type Observation = "pass" | "fail" | "connected" | "lost";

export interface Thresholds {
  /** Failed observations in a row until unhealthy. */
  readonly fall: number;
  /** Passed observations in a row until healthy again. */
  readonly rise: number;
}

/** HAProxy's fall 3, rise 2. */
export const DEFAULT_THRESHOLDS: Thresholds = { fall: 3, rise: 2 };
export const UNKNOWN: HealthState = { health: "unknown" };
const HEALTHY: HealthState = { health: "healthy" };

export const failsOf = (state: HealthState): number => ("fails" in state ? state.fails : 0);

export function observe(state: HealthState, seen: Observation, thresholds = DEFAULT_THRESHOLDS): HealthState {
  switch (seen) {
    case "connected":
      return HEALTHY;
    case "lost":
      return { health: "unhealthy", fails: failsOf(state) + 1, passes: 0 };
    case "pass":
      return state.health === "unhealthy" ? rise(state, thresholds) : HEALTHY;
    case "fail":
      return fall(state, thresholds);
  }
}

function rise(state: HealthState & { health: "unhealthy" }, thresholds: Thresholds): HealthState {
  const passes = state.passes + 1;
  return passes >= thresholds.rise ? HEALTHY : { ...state, passes };
}

function fall(state: HealthState, thresholds: Thresholds): HealthState {
  const fails = failsOf(state) + 1;
  const verdict = state.health === "unknown" || state.health === "unhealthy" || fails >= thresholds.fall;
  return verdict ? { health: "unhealthy", fails, passes: 0 } : { health: "degraded", fails };
}

export interface StatusFacts {
  readonly enabled: boolean;
  readonly breaker: CircuitState;
  readonly link: Link;
  readonly health: Health;
  /** The upstream refuses our credentials: a person must act. */
  readonly authRequired: boolean;
}

/** The one word shown to people; the first rule that matches wins. */
export function statusOf(facts: StatusFacts): Status {
  if (!facts.enabled || facts.breaker === "isolated") return "paused";
  if (facts.health === "unknown") return "unknown";
  if (facts.breaker === "open" || facts.authRequired) return "down";
  if (facts.link === "connecting" || facts.breaker === "half_open") return "recovering";
  if (facts.health === "unhealthy" || facts.link !== "connected") return "down";
  return facts.health === "degraded" ? "degraded" : "up";
}
