// Which finished calls does the page know, newest first and without a hole? From pages of the journal and from what is told live. Pure.
import type { CallRecord } from "../../../src/contract/call.ts";
import type { CallsPage } from "../../../src/contract/history.ts";

export interface CallLog {
  /** Newest first; between the first and the last none is missing that both the journal and the stream told of. */
  readonly rows: readonly CallRecord[];
  /** Where the page after the last row begins: null when there is none, undefined when that is not known. */
  readonly next: string | null | undefined;
  /** Rows kept at most; grows with what a person asks for. */
  readonly room: number;
}

/** Rows kept of what comes by itself. */
export const ROOM = 500;

export const NO_CALLS: CallLog = { rows: [], next: undefined, room: ROOM };

const newestFirst = (a: CallRecord, b: CallRecord): number => b.at - a.at || (a.id < b.id ? 1 : -1);

function union(rows: readonly CallRecord[], more: readonly CallRecord[]): CallRecord[] {
  const known = new Set(rows.map(({ id }) => id));
  const fresh = more.filter(({ id }) => !known.has(id));
  return fresh.length === 0 ? [...rows] : [...rows, ...fresh].sort(newestFirst);
}

/** What does not fit goes at the end, and with it the knowledge of where the next page begins. */
function within(log: CallLog): CallLog {
  if (log.rows.length <= log.room) return log;
  return { ...log, rows: log.rows.slice(0, log.room), next: undefined };
}

/** With calls that were told live. One that began before the last row belongs to a page that is not read yet. */
export function withTold(log: CallLog, records: readonly CallRecord[]): CallLog {
  const last = log.rows.at(-1);
  const belongs = records.filter((record) => !log.next || last === undefined || newestFirst(record, last) < 0);
  return within({ ...log, rows: union(log.rows, belongs) });
}

/** After a time in which calls may have finished that were not told: the newest page then says from where on the rows hold. */
export const torn = (log: CallLog): CallLog => ({ ...log, next: undefined });

/** With the newest page as it stands now. Rows that it cannot be shown to reach are left out. */
export function withNewest(log: CallLog, { items, next }: CallsPage): CallLog {
  const last = items.at(-1);
  const reaches = last === undefined || !next || log.rows.some(({ id }) => id === last.id);
  if (reaches && log.next !== undefined) return within({ ...log, rows: union(log.rows, items) });
  const newer = last === undefined ? log.rows : log.rows.filter((row) => newestFirst(row, last) < 0);
  return within({ ...log, rows: union(newer, items), next: next ?? null });
}

/** With the page after the last row. */
export const withOlder = (log: CallLog, { items, next }: CallsPage): CallLog => ({
  rows: union(log.rows, items),
  next: next ?? null,
  room: log.room + items.length,
});

/** With room for as many rows again, and the newest page anew: what was cut off at the end is among it. */
export const withRoom = (log: CallLog, page: CallsPage): CallLog =>
  withNewest(torn({ ...log, room: log.room + ROOM }), page);

/** What calls can be narrowed to, in the words of `GET /api/calls`; values are exact. */
export type CallFilter = Readonly<Partial<Record<"server" | "tool" | "outcome" | "disposition" | "principal", string>>>;

/** Whether the gateway would answer this call to that filter. */
export const passes = (filter: CallFilter, { server, name, ...call }: CallRecord): boolean =>
  (filter.server ?? server) === server &&
  (filter.tool ?? name) === name &&
  (filter.outcome ?? call.outcome) === call.outcome &&
  (filter.disposition ?? call.disposition) === call.disposition &&
  (filter.principal ?? call.principal) === call.principal;
