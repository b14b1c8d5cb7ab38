// Should results of this tool be kept? What was seen of its calls goes in, one sentence and the line to configure come out.
// Nothing is advised that was ever seen to be wrong, nor anything that says that it writes.
import type { Advice } from "#contract/cache.ts";

/** Times to live that are tried, in milliseconds. */
export const TRIED_TTLS = [10_000, 60_000, 300_000, 1_800_000, 3_600_000] as const;
/** The one that is advised. */
const ADVISED_TTL_MS = 300_000;
const ADVISED = TRIED_TTLS.indexOf(ADVISED_TTL_MS);
/** Fewer comparisons than this prove nothing. */
const MIN_COMPARISONS = 20;
/** A smaller share of answered calls is not worth a rule. */
const MIN_HIT_RATE = 0.05;

/** What was seen of one tool. Lists are by the index of a tried time to live. */
export interface SeenOfTool {
  readonly calls: number;
  readonly repeats: number;
  readonly comparisons: number;
  readonly changed: number;
  readonly firstChangeMs: number | null;
  readonly longestMs: number;
  readonly hits: readonly number[];
  readonly wrong: readonly number[];
  readonly savedMs: readonly number[];
}

export interface AdviceFor {
  readonly server: string;
  readonly tool: string;
  /** Its server says that it only reads. */
  readonly claimsReadOnly: boolean;
  readonly seen: SeenOfTool;
}

export function adviseOn(about: AdviceFor): Advice {
  const { server, tool, seen } = about;
  const verdict = verdictOn(about);
  const advised = verdict === "cache" || verdict === "ask";
  const { calls, repeats, comparisons, changed, firstChangeMs } = seen;
  return {
    server,
    tool,
    verdict,
    sentence: sentenceOn(about, verdict),
    config: advised ? `${JSON.stringify(tool)}: { "ttlMs": ${ADVISED_TTL_MS} }` : null,
    ttlMs: advised ? ADVISED_TTL_MS : null,
    calls,
    repeats,
    comparisons,
    changed,
    firstChangeMs,
    forecasts: TRIED_TTLS.map((ttlMs, at) => forecast(seen, ttlMs, at)),
  };
}

const forecast = (seen: SeenOfTool, ttlMs: number, at: number): Advice["forecasts"][number] => ({
  ttlMs,
  hitRate: seen.calls === 0 ? 0 : (seen.hits[at] as number) / seen.calls,
  changed: seen.wrong[at] as number,
  savedMs: Math.round(seen.savedMs[at] as number),
});

const hitRateOf = ({ hits, calls }: SeenOfTool): number => (calls === 0 ? 0 : (hits[ADVISED] as number) / calls);

function verdictOn({ seen, claimsReadOnly }: AdviceFor): Advice["verdict"] {
  if (seen.changed > 0) return "keep_off";
  if (seen.comparisons < MIN_COMPARISONS) return "wait";
  if (hitRateOf(seen) < MIN_HIT_RATE) return "keep_off";
  return claimsReadOnly ? "cache" : "ask";
}

function sentenceOn({ tool, seen, claimsReadOnly }: AdviceFor, verdict: Advice["verdict"]): string {
  const { calls, repeats, comparisons, changed, firstChangeMs, longestMs } = seen;
  const share = `\`${tool}\` repeats ${percent(repeats / Math.max(1, calls))} of its ${calls} calls`;
  if (verdict === "wait") {
    return `${share}; ${comparisons} of at least ${MIN_COMPARISONS} answers could be compared so far: too few to advise anything.`;
  }
  if (changed > 0) {
    const soonest = firstChangeMs === null ? "" : `, the soonest after ${span(firstChangeMs)}`;
    return `${share}, but ${changed} of ${comparisons} compared answers had changed${soonest}: do not cache it.`;
  }
  const within = span(Math.min(longestMs, ADVISED_TTL_MS));
  const unchanged = `${share}, no answer changed within ${within} in ${comparisons} comparisons`;
  if (verdict === "keep_off") {
    return `${unchanged}, but only ${percent(hitRateOf(seen))} would have been answered: too seldom asked again in time, or emptied by calls that may write.`;
  }
  const saved = `caching would have answered ${percent(hitRateOf(seen))} and saved ${span(seen.savedMs[ADVISED] as number)}`;
  const doubt = claimsReadOnly
    ? ""
    : "; its server does not say that it only reads, so add it only if you know that it does";
  return `${unchanged}: ${saved}${doubt}.`;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A time for people: two figures at most. */
function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
