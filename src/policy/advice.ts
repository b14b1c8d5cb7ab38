// Should results of this tool be kept? What was seen of its calls goes in, one sentence and the line to configure come out.
// Nothing is advised that was ever seen to be wrong, nor anything that says that it writes.
import type { Advice } from "#contract/cache.ts";

/** Times to live that are tried, in milliseconds. */
export const TRIED_TTLS = [10_000, 60_000, 300_000, 1_800_000, 3_600_000] as const;
/** Those that are advised, longest first. */
const ADVISED = [300_000, 60_000, 10_000] as const;
/** What was seen over some time is taken to hold for so many times as long. */
const STRETCH = 5;
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
  /** The longest time over which all answers to one question were the same, in milliseconds. */
  readonly longestMs: number;
  /** Repeats that could not be compared because a call that may write came between. */
  readonly overtaken: number;
  readonly hits: readonly number[];
  readonly wrong: readonly number[];
  readonly savedMs: readonly number[];
}

export interface AdviceFor {
  readonly server: string;
  readonly tool: string;
  /** Whether it only reads: its server says so and is trusted, says so without being trusted, or says nothing. */
  readonly readOnly: "believed" | "claimed" | "unsaid";
  readonly seen: SeenOfTool;
}

export function adviseOn(about: AdviceFor): Advice {
  const { server, tool, seen } = about;
  const ttlMs = ADVISED.find((each) => each <= seen.longestMs * STRETCH);
  const verdict = verdictOn(about, ttlMs);
  const advised = verdict === "cache" || verdict === "ask" ? ttlMs : undefined;
  const { calls, repeats, comparisons, changed, firstChangeMs } = seen;
  return {
    server,
    tool,
    verdict,
    sentence: sentenceOn(about, verdict, ttlMs),
    config: advised === undefined ? null : `${JSON.stringify(tool)}: { "ttlMs": ${advised} }`,
    patch:
      advised === undefined ? null : { mcpServers: { [server]: { cache: { tools: { [tool]: { ttlMs: advised } } } } } },
    ttlMs: advised ?? null,
    calls,
    repeats,
    comparisons,
    changed,
    firstChangeMs,
    forecasts: TRIED_TTLS.map((tried) => forecast(seen, tried)),
  };
}

function forecast({ calls, hits, wrong, savedMs }: SeenOfTool, ttlMs: TriedTtl): Advice["forecasts"][number] {
  const at = TRIED_TTLS.indexOf(ttlMs);
  return {
    ttlMs,
    hitRate: calls === 0 ? 0 : (hits[at] as number) / calls,
    changed: wrong[at] as number,
    savedMs: Math.round(savedMs[at] as number),
  };
}

type TriedTtl = (typeof TRIED_TTLS)[number];

function verdictOn({ seen, readOnly }: AdviceFor, ttlMs: TriedTtl | undefined): Advice["verdict"] {
  if (seen.changed > 0) return "keep_off";
  if (seen.comparisons < MIN_COMPARISONS || ttlMs === undefined) return "wait";
  if (forecast(seen, ttlMs).hitRate < MIN_HIT_RATE) return "keep_off";
  return readOnly === "believed" ? "cache" : "ask";
}

function sentenceOn(about: AdviceFor, verdict: Advice["verdict"], ttlMs: TriedTtl | undefined): string {
  const { tool, seen, readOnly } = about;
  const { calls, repeats, comparisons, changed, firstChangeMs, longestMs } = seen;
  const share = `\`${tool}\` repeats ${percent(repeats / Math.max(1, calls))} of its ${calls} calls`;
  if (changed > 0) {
    const soonest = firstChangeMs === null ? "" : `, the soonest after ${span(firstChangeMs)}`;
    return `${share}, but ${changed} of ${comparisons} compared answers had changed${soonest}: do not cache it.`;
  }
  if (verdict === "wait" || ttlMs === undefined) return `${share}; ${whyWait(seen)}.`;
  const { hitRate, savedMs } = forecast(seen, ttlMs);
  const unchanged = `${share}, no answer changed within ${span(Math.min(longestMs, ttlMs))} in ${comparisons} comparisons`;
  if (verdict === "keep_off") {
    return `${unchanged}, but only ${percent(hitRate)} would have been answered: too seldom asked again in time, or emptied by calls that may write.`;
  }
  return `${unchanged}: caching would have answered ${percent(hitRate)} and saved ${span(savedMs)}${DOUBTS[readOnly]}.`;
}

const DOUBTS: Readonly<Record<AdviceFor["readOnly"], string>> = {
  believed: "",
  claimed: "; its server says that it only reads and is not trusted, so add it only if you believe that",
  unsaid: "; its server does not say that it only reads, so add it only if you know that it does",
};

function whyWait({ comparisons, overtaken, longestMs }: SeenOfTool): string {
  if (overtaken > comparisons && overtaken >= MIN_COMPARISONS) {
    return `before ${overtaken} of them another tool was called that may write, so only ${comparisons} answers could be compared: where those tools only read, give them a rule too, or set \`invalidateOnWrite\` to false`;
  }
  if (comparisons < MIN_COMPARISONS) {
    return `${comparisons} of at least ${MIN_COMPARISONS} answers could be compared so far: too few to advise anything`;
  }
  return `no answer changed in ${comparisons} comparisons, but they span ${span(longestMs)} only: too short to advise anything`;
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
