// What is remembered of calls? Exact per-minute aggregates of every one, recent latencies per server, the newest records,
// and the few single records that the journal's budget has room for. Bounded, and cheap enough for the hot path.
import type { CallRecord } from "#contract/call.ts";
import type { ServerView } from "#contract/upstream.ts";
import { createRing, type Ring } from "#lib/ring.ts";

/** One minute of one tool's calls with one outcome. */
export interface MinuteRow {
  /** Start of the minute, milliseconds since 1970. */
  readonly minute: number;
  readonly server: string | null;
  readonly name: string;
  readonly kind: CallRecord["kind"];
  readonly outcome: CallRecord["outcome"];
  readonly disposition: CallRecord["disposition"];
  calls: number;
  durationMsSum: number;
  durationMsMax: number;
}

export interface Drained {
  readonly minutes: readonly MinuteRow[];
  readonly records: readonly CallRecord[];
}

const MINUTE_MS = 60_000;
const LATENCIES_KEPT = 128;
const RECENT_KEPT = 500;
/** A call at least this long is kept before quick ones. */
const SLOW_MS = 1_000;
const NOTABLE_KEPT = 1_000;
/** What is left of a budget for the next time: less than one record. */
const CARRIED = 0.999;
/** Single records that wait while the database is away. */
const WAITING_KEPT = 10_000;
/** Single records handed over at once. */
const PORTION = 2_000;
/** Aggregates held between two drains; what exceeds them is counted together, so the sums stay exact. */
const MAX_ROWS = 1_000;
/** Beyond that, after weeks without a database, the oldest minute gives way. */
const MAX_ROWS_EVER = 20_000;
/** Callers can ask for any name: those that no server has share one row. */
export const UNKNOWN_NAMES = "(unknown)";
export const OTHER_NAMES = "(other)";

export class Ledger {
  readonly #minutes = new Map<string, MinuteRow>();
  /** The row that was counted in last, by server. */
  readonly #lastOf = new Map<string | null, MinuteRow>();
  readonly #latencies = new Map<string, Ring<number>>();
  readonly #recent = createRing<CallRecord>(RECENT_KEPT);
  #notable: CallRecord[] = [];
  #ordinary: CallRecord[] = [];
  /** Chosen and not handed over yet, oldest first. */
  #waiting: CallRecord[] = [];
  #dropped = 0;
  /** Nobody has taken the aggregates since the last `settle`. */
  #aggregatesDue = false;
  /** Single records that may be chosen; a budget below one adds up over several times. */
  #credit = 0;
  calls = 0;
  faults = 0;

  /** How many single records one `settle` chooses at most; may be a fraction. */
  budget: number;

  constructor(budget: number) {
    this.budget = budget;
  }

  finished(record: CallRecord): void {
    this.calls++;
    if (record.outcome === "fault") this.faults++;
    this.#aggregate(record);
    this.#recent.push(record);
    if (record.server !== null && record.outcome !== "fault") this.#latencyOf(record.server).push(record.durationMs);
    const notable = record.outcome === "fault" || record.durationMs >= SLOW_MS;
    if (notable && this.#notable.length < NOTABLE_KEPT) this.#notable.push(record);
    else if (this.#ordinary.length < this.budget) this.#ordinary.push(record);
  }

  /** Newest last. */
  recent(): readonly CallRecord[] {
    return this.#recent.toArray();
  }

  /** Percentiles in milliseconds over the newest calls that were answered; null without any. */
  latency(server: string): ServerView["latency"] {
    const ring = this.#latencies.get(server);
    if (ring === undefined) return null;
    const sorted = ring.toArray().sort((a, b) => a - b);
    const at = (share: number): number => roundMs(sorted[Math.ceil(share * sorted.length) - 1] as number);
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }

  forget(server: string): void {
    this.#latencies.delete(server);
  }

  /** Chooses among the single records since the last time, notable ones first; they and the aggregates wait to be handed over. */
  settle(): void {
    this.#aggregatesDue = true;
    this.#credit = Math.min(this.#credit, CARRIED) + this.budget;
    const room = Math.floor(this.#credit);
    const notable = this.#notable.sort((a, b) => rank(b) - rank(a)).slice(0, room);
    const chosen = [...notable, ...this.#ordinary.slice(0, room - notable.length)];
    this.#credit -= chosen.length;
    this.#notable = [];
    this.#ordinary = [];
    this.#wait([...this.#waiting, ...chosen]);
  }

  /**
   * Hands over a portion of what waits: all aggregates, and the oldest of the chosen records. Undefined when nothing does:
   * what is counted after that waits for the next `settle`, or whoever writes would never be done while there are calls.
   */
  drain(): Drained | undefined {
    const minutes = this.#takeAggregates();
    if (minutes.length === 0 && this.#waiting.length === 0) return undefined;
    return { minutes, records: this.#waiting.splice(0, PORTION) };
  }

  /** Takes back what could not be written. */
  restore({ minutes, records }: Drained): void {
    for (const row of minutes) this.#add(row);
    this.#aggregatesDue = true;
    this.#wait([...records, ...this.#waiting]);
  }

  /** How many chosen records and counted calls had to give way to newer ones since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  #takeAggregates(): readonly MinuteRow[] {
    if (!this.#aggregatesDue) return [];
    this.#aggregatesDue = false;
    const minutes = [...this.#minutes.values()];
    this.#minutes.clear();
    this.#lastOf.clear();
    return minutes;
  }

  #wait(records: CallRecord[]): void {
    this.#waiting = records.slice(-WAITING_KEPT);
    this.#dropped += records.length - this.#waiting.length;
  }

  #aggregate(record: CallRecord): void {
    const minute = record.at - (record.at % MINUTE_MS);
    const named = record.faultCode === "TOOL_NOT_FOUND" ? { ...record, name: UNKNOWN_NAMES } : record;
    const row = this.#rowOf(named, minute);
    if (row === undefined) return this.#open(firstOf(named, minute));
    row.calls++;
    row.durationMsSum += record.durationMs;
    row.durationMsMax = Math.max(row.durationMsMax, record.durationMs);
  }

  // Most calls are like the one before them at their server: then no key has to be made.
  #rowOf(record: CallRecord, minute: number): MinuteRow | undefined {
    const last = this.#lastOf.get(record.server);
    if (last !== undefined && isOf(last, record, minute)) return last;
    const row = this.#minutes.get(keyOf(record, minute));
    if (row !== undefined) this.#lastOf.set(record.server, row);
    return row;
  }

  #add(row: MinuteRow): void {
    const known = this.#minutes.get(keyOf(row, row.minute));
    if (known === undefined) this.#open(row);
    else merge(known, row);
  }

  #open(row: MinuteRow): void {
    const crowded = this.#minutes.size >= MAX_ROWS;
    const opened = crowded ? { ...row, name: OTHER_NAMES } : row;
    const key = keyOf(opened, row.minute);
    const known = crowded ? this.#minutes.get(key) : undefined;
    if (known === undefined) this.#minutes.set(key, opened);
    else merge(known, row);
    if (this.#minutes.size > MAX_ROWS_EVER) this.#dropOldest();
  }

  #dropOldest(): void {
    for (const [key, row] of this.#minutes) {
      this.#minutes.delete(key);
      this.#lastOf.clear();
      this.#dropped += row.calls;
      return;
    }
  }

  #latencyOf(server: string): Ring<number> {
    let ring = this.#latencies.get(server);
    if (ring === undefined) {
      ring = createRing<number>(LATENCIES_KEPT);
      this.#latencies.set(server, ring);
    }
    return ring;
  }
}

const isOf = (row: MinuteRow, record: CallRecord, minute: number): boolean =>
  row.minute === minute &&
  row.name === record.name &&
  row.disposition === record.disposition &&
  row.outcome === record.outcome &&
  row.kind === record.kind;

const keyOf = ({ server, kind, outcome, disposition, name }: MinuteRow | CallRecord, minute: number): string =>
  `${minute} ${server} ${kind} ${outcome} ${disposition} ${name}`;

function merge(row: MinuteRow, more: MinuteRow): void {
  row.calls += more.calls;
  row.durationMsSum += more.durationMsSum;
  row.durationMsMax = Math.max(row.durationMsMax, more.durationMsMax);
}

const firstOf = ({ server, name, kind, outcome, disposition, durationMs }: CallRecord, minute: number): MinuteRow => ({
  minute,
  server,
  name,
  kind,
  outcome,
  disposition,
  calls: 1,
  durationMsSum: durationMs,
  durationMsMax: durationMs,
});

const rank = (record: CallRecord): number => (record.outcome === "fault" ? 1e9 : 0) + record.durationMs;

const roundMs = (ms: number): number => Math.round(ms * 100) / 100;
