// How was a server in each half hour of the last day? Its spans cut into slots that stay where they are as time goes on. Pure.
import type { ServerTimeline, Span } from "../../../src/contract/timeline.ts";
import type { Status } from "../../../src/contract/upstream.ts";
import { clock, duration, many, sentence, words } from "./format.ts";
import { SEVERITY } from "./order.ts";

export const SLOTS = 48;
const SLOT_MS = 30 * 60_000;

export interface Slot {
  /** Milliseconds since 1970; the last slot still runs. */
  readonly from: number;
  readonly to: number;
  /** The worst trouble in it, else what lasted longest of what is known. */
  readonly status: Status;
  /** Milliseconds of each status in it. */
  readonly lengths: ReadonlyMap<Status, number>;
  /** The reason of the worst trouble, as the gateway told it. */
  readonly reason: string | null;
}

const TROUBLE: ReadonlySet<Status> = new Set<Status>(["down", "recovering", "degraded"]);

/** The spans, with what the server is now at their end: the live stream tells of it before the timeline is asked again. */
function withPresent(spans: readonly Span[], present: Status, now: number): readonly Span[] {
  const last = spans.at(-1);
  if (!last || last.status === present) return spans;
  const at = Math.max(last.from, last.to ?? now);
  return [...spans.slice(0, -1), { ...last, to: at }, { from: at, to: null, status: present, reason: null }];
}

function worseOf(status: Status, lengths: ReadonlyMap<Status, number>, best: Status | null): Status {
  if (best === null || best === "unknown") return status;
  if (status === "unknown") return best;
  if (TROUBLE.has(status) || TROUBLE.has(best)) return SEVERITY[status] < SEVERITY[best] ? status : best;
  return (lengths.get(status) ?? 0) > (lengths.get(best) ?? 0) ? status : best;
}

/** @param until the end of what has happened yet within the slot. */
function slotOf(spans: readonly Span[], from: number, until: number): Slot {
  const lengths = new Map<Status, number>();
  let known = 0;
  for (const { status, ...span } of spans) {
    const length = Math.min(span.to ?? until, until) - Math.max(span.from, from);
    const justBegun = span.to === null && span.from === until && until < from + SLOT_MS;
    if (length <= 0 && !justBegun) continue;
    lengths.set(status, (lengths.get(status) ?? 0) + length);
    known += length;
  }
  if (known < until - from) lengths.set("unknown", (lengths.get("unknown") ?? 0) + until - from - known);
  const status =
    [...lengths.keys()].reduce<Status | null>((best, one) => worseOf(one, lengths, best), null) ?? "unknown";
  const reason = spans.findLast(
    (span) => span.status === status && span.from < until && (span.to ?? until) > from,
  )?.reason;
  return { from, to: from + SLOT_MS, status, lengths, reason: reason ?? null };
}

/** Oldest first. `present` is the server's status at `now`, in milliseconds since 1970 at the gateway. */
export function slotsOf(spans: readonly Span[], present: Status, now: number): Slot[] {
  const all = withPresent(spans, present, now);
  const last = Math.floor(now / SLOT_MS) * SLOT_MS;
  return Array.from({ length: SLOTS }, (_, index) => {
    const from = last - (SLOTS - 1 - index) * SLOT_MS;
    return slotOf(all, from, Math.min(now, from + SLOT_MS));
  });
}

/** A time of day without its seconds; slots begin with whole minutes. */
export const minuteOf = (at: number): string => clock(at, at).slice(0, 5);

const SECOND = 1000;

/** What a slot tells in words: when it was, how long it was what, and why. */
export function slotWords({ from, to, lengths, status, reason }: Slot, server: string): string {
  const parts = [...lengths]
    .sort(([a], [b]) => SEVERITY[a] - SEVERITY[b])
    .filter(([one, length]) => length >= SECOND || one === status)
    .map(([one, length]) => (lengths.size === 1 ? one : `${one} ${words(duration(Math.max(SECOND, length)))}`));
  const why = reason && status !== "up" ? ` ${sentence(reason, server)}` : "";
  return `${minuteOf(from)} to ${minuteOf(to)}: ${parts.join(", ")}.${why}`;
}

/** What the last day comes to, as the gateway says it. `now` is gateway wall time. */
export function timelineWords({ incidents, downMs }: ServerTimeline, now: number): string {
  const last = incidents[0];
  if (!last) return "Last 24 hours: no incident.";
  const when = last.to === null ? "one goes on now" : `the last at ${clock(last.from, now)}`;
  return `Last 24 hours: ${many(incidents.length, "incident")}, down for ${words(duration(downMs))}, ${when}.`;
}
