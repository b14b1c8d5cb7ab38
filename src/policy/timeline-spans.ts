// How are more spans than a picture can show drawn together? Into equal slices of the time, each with the worst status in it,
// so that what was short is still seen. The last span stays as it is: it is the status of now. Pure.
import type { Span } from "#contract/timeline.ts";
import type { Status } from "#contract/upstream.ts";

export const MAX_SPANS = 500;
/** Of all servers together, so that an answer about a thousand of them stays one that can be sent. */
const MAX_TOGETHER = 25_000;

export const WORST_FIRST: readonly Status[] = ["down", "recovering", "degraded", "unknown", "paused", "up"];

/** How many spans each of so many servers may have: enough for half-hours of a day even of a thousand. */
export const spansEach = (servers: number): number => Math.min(MAX_SPANS, Math.ceil(MAX_TOGETHER / servers) + 24);

/** At most `most` spans over the same time, without holes. `spans` are as those of `spansOf`. */
export function drawTogether(spans: readonly Span[], most = MAX_SPANS): Span[] {
  const [first] = spans;
  const last = spans.at(-1);
  if (spans.length <= most || first === undefined || last === undefined) return [...spans];
  const slices = most - 1;
  const edge = (slice: number): number => Math.round(first.from + (slice * (last.from - first.from)) / slices);
  const drawn: Span[] = [];
  for (let slice = 0, at = 0; slice < slices; slice++) {
    const [from, to] = [edge(slice), edge(slice + 1)];
    while ((spans[at]?.to ?? to) <= from) at++;
    if (from < to) append(drawn, { ...worstOf(spans, at, to), from, to });
  }
  append(drawn, last);
  return drawn;
}

/** The first of the worst among the spans from number `first` on that begin before `to`. */
function worstOf(spans: readonly Span[], first: number, to: number): Span {
  let worst = spans[first] as Span;
  for (let at = first + 1; (spans[at]?.from ?? to) < to; at++) {
    const span = spans[at] as Span;
    if (WORST_FIRST.indexOf(span.status) < WORST_FIRST.indexOf(worst.status)) worst = span;
  }
  return worst;
}

function append(spans: Span[], span: Span): void {
  const last = spans.at(-1);
  if (last?.status === span.status) last.to = span.to;
  else spans.push(span);
}
