// How much was asked of a server over the last day? Its minutes gathered into steps that stay where they are as time goes on. Pure.
import type { ServerMinute } from "../../../src/contract/timeline.ts";
import { duration, many, words } from "./format.ts";
import { minuteOf } from "./slots.ts";

export const STEPS = 288;
const STEP_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

export interface Step {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly calls: number;
  readonly faults: number;
  readonly cached: number;
  readonly perMinute: number;
  /** Of all calls, milliseconds; null without any. */
  readonly meanMs: number | null;
  readonly maxMs: number | null;
}

function stepOf(minutes: readonly ServerMinute[], from: number, until: number): Step {
  let [calls, faults, cached, sum] = [0, 0, 0, 0];
  let maxMs: number | null = null;
  for (const minute of minutes) {
    calls += minute.calls;
    faults += minute.faults;
    cached += minute.cached;
    sum += (minute.meanMs ?? 0) * minute.calls;
    if (minute.maxMs !== null) maxMs = Math.max(maxMs ?? 0, minute.maxMs);
  }
  const begun = Math.min(STEP_MS / MINUTE_MS, Math.floor((until - from) / MINUTE_MS) + 1);
  return {
    from,
    to: from + STEP_MS,
    calls,
    faults,
    cached,
    perMinute: calls / begun,
    meanMs: calls === 0 ? null : sum / calls,
    maxMs,
  };
}

/** Oldest first. `now` is gateway wall time in milliseconds; the last step still runs. A minute that is not told had no call. */
export function stepsOf(minutes: readonly ServerMinute[], now: number): Step[] {
  const groups = Map.groupBy(minutes, ({ at }) => Math.floor(at / STEP_MS));
  const last = Math.floor(now / STEP_MS);
  return Array.from({ length: STEPS }, (_, index) => {
    const group = last - (STEPS - 1 - index);
    const from = group * STEP_MS;
    return stepOf(groups.get(group) ?? [], from, Math.min(now, from + STEP_MS));
  });
}

const ms = (value: number): string => words(duration(value));
const totalOf = (steps: readonly Step[], pick: (step: Step) => number): number =>
  steps.reduce((sum, step) => sum + pick(step), 0);

/** What one step tells. */
export function stepWords({ from, to, calls, faults, cached, meanMs, maxMs }: Step): string {
  const when = `${minuteOf(from)} to ${minuteOf(to)}`;
  if (calls === 0) return `${when}: no calls.`;
  const parts = [many(calls, "call")];
  if (faults > 0) parts.push(`${faults} without an answer`);
  if (cached > 0) parts.push(`${cached} from the cache`);
  if (meanMs !== null && maxMs !== null) parts.push(`${ms(meanMs)} on average, ${ms(maxMs)} at most`);
  return `${when}: ${parts.join(", ")}.`;
}

/** What the day comes to. */
export function loadWords(steps: readonly Step[]): string {
  const calls = totalOf(steps, (step) => step.calls);
  if (calls === 0) return "No calls in the last 24 hours.";
  const faults = totalOf(steps, (step) => step.faults);
  const mean = totalOf(steps, (step) => (step.meanMs ?? 0) * step.calls) / calls;
  const most = Math.max(...steps.map((step) => step.maxMs ?? 0));
  const failed = faults === 0 ? "none" : String(faults);
  return `${many(calls, "call")} in the last 24 hours, ${failed} without an answer; ${ms(mean)} on average, ${ms(most)} at most.`;
}
