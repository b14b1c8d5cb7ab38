// What would a cache have done for calls that it does not answer? Every answer leaves a trace instead of its bytes: by it
// repeats are recognised, answers compared, and several times to live tried at once. As many traces are held as answers
// would be, and writes end them as they would end answers.
import { crc32 } from "node:zlib";
import { type SeenOfTool, TRIED_TTLS } from "#policy/advice.ts";
import type { Reply } from "#upstream/transport.ts";
import { Lru, Node } from "./lru.ts";
import type { Row, Shelf, Stamp } from "./shelf.ts";

export class Evidence implements SeenOfTool {
  calls = 0;
  repeats = 0;
  comparisons = 0;
  changed = 0;
  /** Milliseconds between two answers of which the later was different: the shortest time seen. */
  firstChangeMs: number | null = null;
  /** The longest time over which all answers to one question were the same, in milliseconds. */
  longestMs = 0;
  overtaken = 0;
  /** By the index of a tried time to live: calls that it would have answered, of these wrongly, and their time. */
  readonly hits = TRIED_TTLS.map(() => 0);
  readonly wrong = TRIED_TTLS.map(() => 0);
  readonly savedMs = TRIED_TTLS.map(() => 0);
}

export interface Seen {
  readonly key: string;
  readonly row: Row;
  /** `row.watchStamp` when the server was asked. */
  readonly stamp: Stamp;
  readonly reply: Reply;
  /** Whether a cache could have kept it. */
  readonly keepable: boolean;
  /** What asking took, in milliseconds. */
  readonly tookMs: number;
  /** Monotonic milliseconds. */
  readonly now: number;
}

class Trace extends Node {
  row: Row;
  stamp: Stamp = 0;
  /** The newest answer. */
  mark = 0;
  at = 0;
  /** Since when all answers were the same. */
  since = 0;
  /** What each tried time to live would be serving, and since when. */
  readonly servedMark = Array<number>(TRIED_TTLS.length).fill(0);
  readonly servedAt = Array<number>(TRIED_TTLS.length).fill(0);

  constructor(row: Row) {
    super("");
    this.row = row;
  }

  /** Takes the first answer of a key. */
  begin({ key, row, stamp, now }: Seen, mark: number): void {
    this.key = key;
    this.row = row;
    this.stamp = stamp;
    this.refill(mark, now);
  }

  /** Every tried time begins anew. */
  refill(mark: number, now: number): void {
    this.mark = mark;
    this.at = now;
    this.since = now;
    this.servedMark.fill(mark);
    this.servedAt.fill(now);
  }
}

export class Shadow {
  #maxTraces: number;
  readonly #traces = new Lru<Trace>();
  readonly #evidence = new WeakMap<Row, Evidence>();

  constructor(maxTraces: number) {
    this.#maxTraces = maxTraces;
  }

  get size(): number {
    return this.#traces.size;
  }

  /** Holds at most so many traces from now on; the oldest of too many go. */
  bound(maxTraces: number): void {
    this.#maxTraces = maxTraces;
    for (let { oldest } = this.#traces; oldest !== undefined && this.size > maxTraces; { oldest } = this.#traces) {
      this.#traces.delete(oldest);
    }
  }

  evidence(row: Row): Evidence | undefined {
    return this.#evidence.get(row);
  }

  /** Notes one answer of the server. */
  note(seen: Seen): void {
    const { key, row, now } = seen;
    const evidence = this.#evidenceOf(row);
    evidence.calls++;
    const trace = this.#traces.get(key);
    if (trace !== undefined) evidence.repeats++;
    // What cannot be kept leaves what is kept alone; what a write has overtaken ends it.
    if (!seen.keepable) return;
    if (seen.stamp !== row.watchStamp) {
      if (trace !== undefined) this.#traces.delete(trace);
      return;
    }
    const mark = markOf(seen.reply);
    if (trace === undefined) return this.#add(seen, mark);
    this.#traces.use(trace);
    if (trace.stamp === seen.stamp) compare(evidence, trace, { mark, now, tookMs: seen.tookMs });
    else {
      evidence.overtaken++;
      trace.refill(mark, now);
    }
    trace.stamp = seen.stamp;
  }

  /** The server was removed. */
  forget(shelf: Shelf): void {
    for (const trace of this.#traces.values()) if (trace.row.shelf === shelf) this.#traces.delete(trace);
  }

  // When there are as many as may be, the oldest is written over: one made anew for each call would live just long enough to
  // be dear to the garbage collector.
  #add(seen: Seen, mark: number): void {
    const spare = this.#traces.size < this.#maxTraces ? undefined : this.#traces.oldest;
    if (spare !== undefined) this.#traces.delete(spare);
    const trace = spare ?? new Trace(seen.row);
    trace.begin(seen, mark);
    this.#traces.add(trace);
  }

  #evidenceOf(row: Row): Evidence {
    const known = this.#evidence.get(row);
    if (known !== undefined) return known;
    const made = new Evidence();
    this.#evidence.set(row, made);
    return made;
  }
}

function compare(
  evidence: Evidence,
  trace: Trace,
  { mark, now, tookMs }: { mark: number; now: number; tookMs: number },
) {
  const ageMs = now - trace.at;
  evidence.comparisons++;
  if (mark === trace.mark) evidence.longestMs = Math.max(evidence.longestMs, now - trace.since);
  else {
    trace.since = now;
    evidence.changed++;
    evidence.firstChangeMs = Math.min(evidence.firstChangeMs ?? ageMs, ageMs);
  }
  for (let at = 0; at < TRIED_TTLS.length; at++) {
    if (now - (trace.servedAt[at] as number) < (TRIED_TTLS[at] as number)) {
      evidence.hits[at] = (evidence.hits[at] as number) + 1;
      evidence.savedMs[at] = (evidence.savedMs[at] as number) + tookMs;
      if (trace.servedMark[at] !== mark) evidence.wrong[at] = (evidence.wrong[at] as number) + 1;
    } else {
      trace.servedAt[at] = now;
      trace.servedMark[at] = mark;
    }
  }
  trace.mark = mark;
  trace.at = now;
}

/** Two different answers of one length have the same mark once in four thousand million times. */
function markOf({ bytes, scan }: Reply): number {
  const result = bytes.subarray(scan.start, scan.end);
  return crc32(result) * 2 ** 21 + (result.length % 2 ** 21);
}
