// How was each server over a time, judging by what was told of it and by when a gateway ran? Spans, incidents and their sums.
// Pure. Nothing is invented: where no gateway ran, or nothing was told, the status is unknown.
import type { Incident, ServerTimeline, Span, StateAt, StatusFact } from "#contract/timeline.ts";
import type { Status } from "#contract/upstream.ts";
import { drawTogether, spansEach } from "./timeline-spans.ts";

interface Told {
  readonly status: Status;
  readonly reason: string | null;
}

/** A time in which a gateway ran and watched. */
export interface WatchedTime {
  readonly from: number;
  readonly to: number;
}

export interface TimelineInput {
  /** Oldest first; of one moment, the last counts. */
  readonly facts: readonly StatusFact[];
  /** In any order; they may overlap. The last has to reach to `now`. */
  readonly watched: readonly WatchedTime[];
  /** The servers of now, by name, as their views say. */
  readonly present: ReadonlyMap<string, Told>;
  /** Of the time asked for, milliseconds since 1970. */
  readonly from: number;
  readonly now: number;
}

const MAX_INCIDENTS = 100;
const NOT_WATCHED = "No gateway ran, or nothing was told.";
const NOT_CONFIGURED = "The server was not configured.";
const UNWATCHED: Told = { status: "unknown", reason: NOT_WATCHED };

/** One timeline for each server that is present or was told of, by name. */
export function timelines(input: TimelineInput): ServerTimeline[] {
  const all = spansByServer(input);
  const most = spansEach(all.length);
  return all.map(([server, spans]) => ({ server, spans: drawTogether(spans, most), ...judge(spans, input.now) }));
}

/** How each server was at a moment within the time asked for, by name; those that were not configured then are left out. */
export function statesAt(input: TimelineInput, at: number): StateAt[] {
  // Of two unknown times that meet only the first one's reason is told, so what was not watched before must not be seen.
  const time = mergeWatched(input.watched, input).find(({ from, to }) => from <= at && at <= to);
  return spansByServer({ ...input, from: time?.from ?? input.from }).flatMap(([server, spans]) => {
    const { status, reason } = spans.findLast(({ from }) => from <= at) ?? UNWATCHED;
    return reason === NOT_CONFIGURED ? [] : [{ server, status, reason }];
  });
}

function spansByServer(input: TimelineInput): (readonly [server: string, spans: Span[]])[] {
  const facts = Map.groupBy(input.facts, ({ server }) => server);
  const watched = mergeWatched(input.watched, input);
  const names = new Set([...input.present.keys(), ...facts.keys()]);
  return [...names].sort().map((server) => {
    return [server, spansOf({ ...input, watched, facts: facts.get(server) ?? [] }, server)] as const;
  });
}

/** The watched times within the window, oldest first, apart from each other. */
function mergeWatched(watched: readonly WatchedTime[], { from, now }: { from: number; now: number }) {
  const merged: { from: number; to: number }[] = [];
  for (const time of watched.toSorted((a, b) => a.from - b.from)) {
    const clipped = { from: Math.max(time.from, from), to: Math.min(time.to, now) };
    if (clipped.from >= clipped.to) continue;
    const last = merged.at(-1);
    if (last !== undefined && clipped.from <= last.to) last.to = Math.max(last.to, clipped.to);
    else merged.push(clipped);
  }
  return merged;
}

/** All spans of one server; the last is of now. `watched` as `mergeWatched` answers it. */
export function spansOf({ facts, watched, present, from, now }: TimelineInput, server: string): Span[] {
  const trail = new Trail(from);
  const today = present.get(server);
  let next = 0;
  for (const time of watched) {
    // What was told before, nobody watched from then on.
    while (atOf(facts[next]) < time.from) next++;
    const begin = next;
    while (atOf(facts[next]) <= time.to) next++;
    const told = facts.slice(begin, next);
    const lasting = time.to === now ? today : undefined;
    trail.watch(time, told, told[0] === undefined ? lasting : untilTold(told[0]));
  }
  trail.become(trail.end, "unknown", NOT_WATCHED);
  if (today === undefined) trail.become(now, "unknown", NOT_CONFIGURED);
  else trail.become(now, today.status, today.reason);
  return trail.spans;
}

const atOf = (fact: StatusFact | undefined): number => fact?.at ?? Number.POSITIVE_INFINITY;

/** How it was until the first that was told of it. */
function untilTold({ before, status }: StatusFact): Told | undefined {
  if (before !== null) return { status: before, reason: null };
  return status === null ? undefined : { status: "unknown", reason: NOT_CONFIGURED };
}

/** Spans as they grow: each ends where the next begins, and neighbours differ in status. */
class Trail {
  readonly spans: Span[] = [];
  readonly #from: number;
  /** Up to where something is known. */
  end: number;

  constructor(from: number) {
    this.#from = from;
    this.end = from;
  }

  /** `start`: how it was until something was told. */
  watch(time: WatchedTime, told: readonly StatusFact[], start: Told | undefined): void {
    this.become(this.end, "unknown", NOT_WATCHED);
    this.become(time.from, start?.status ?? "unknown", start === undefined ? NOT_WATCHED : start.reason);
    for (const { at, status, reason } of told) {
      this.become(at, status ?? "unknown", status === null ? NOT_CONFIGURED : reason);
    }
    this.end = time.to;
  }

  become(given: number, status: Status, reason: string | null): void {
    const at = Math.max(given, this.#from);
    // Of a span that lasted no time nothing remains.
    if (this.spans.at(-1)?.from === at) this.spans.pop();
    const last = this.spans.at(-1);
    if (last?.status === status) last.to = null;
    else {
      if (last !== undefined) last.to = at;
      this.spans.push({ from: at, to: null, status, reason });
    }
  }
}

const isDown = ({ status }: Span): boolean => status === "down" || status === "recovering";

/** Incidents, and the sums over them; `spans` are all of one server. */
export function judge(spans: readonly Span[], now: number): Omit<ServerTimeline, "server" | "spans"> {
  const incidents = incidentsOf(spans);
  const recovered = incidents.filter(({ served }) => served).map(({ from, to }) => (to ?? now) - from);
  return {
    incidents: incidents
      .slice(-MAX_INCIDENTS)
      .reverse()
      .map(({ served: _, ...incident }) => incident),
    downMs: spans.filter(isDown).reduce((sum, { from, to }) => sum + (to ?? now) - from, 0),
    meanRecoveryMs: recovered.length === 0 ? null : recovered.reduce((sum, ms) => sum + ms, 0) / recovered.length,
  };
}

/** `served`: it was seen to end with the server serving. */
type Judged = Incident & { served: boolean };

// Time that nobody watched belongs to an incident when the server was down before and after it.
function incidentsOf(spans: readonly Span[]): Judged[] {
  const incidents: Judged[] = [];
  let open: Judged | undefined;
  for (const span of spans) {
    if (isDown(span)) {
      if (open === undefined) {
        open = { from: span.from, to: null, cause: span.reason, served: false };
        incidents.push(open);
      }
      open.to = span.to;
    } else if (span.status !== "unknown") {
      if (open !== undefined) open.served = open.to === span.from && span.status !== "paused";
      open = undefined;
    } else if (span.reason === NOT_CONFIGURED) open = undefined;
  }
  return incidents;
}
