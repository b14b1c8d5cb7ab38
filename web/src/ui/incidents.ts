// When was this server not well, for how long, and why? Read from its health log alone: each row says the status it left behind. Pure.
import type { HealthLogEntry } from "../../../src/contract/api.ts";
import type { Status } from "../../../src/contract/upstream.ts";
import { SEVERITY } from "./order.ts";

export interface Incident {
  /** Of the row that began it. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Null while it goes on. */
  readonly endedAt: number | null;
  /** The worst status that it came to. */
  readonly worst: Status;
  /** What the gateway wrote when it began. */
  readonly cause: string;
  /** The log begins within it: it may have begun earlier. */
  readonly cut: boolean;
}

const TROUBLED: ReadonlySet<Status> = new Set<Status>(["down", "recovering", "degraded"]);

const worse = (a: Status, b: Status): Status => (SEVERITY[b] < SEVERITY[a] ? b : a);

const begin = ({ id, at, status, message }: HealthLogEntry, cut: boolean): Incident => ({
  id,
  startedAt: at,
  endedAt: null,
  worst: status,
  cause: message,
  cut,
});

/** Newest first. `rows` newest first as the gateway answers them; `whole` when none is older than they are. */
export function incidentsOf(rows: readonly HealthLogEntry[], whole: boolean): Incident[] {
  const done: Incident[] = [];
  for (const row of rows.toReversed()) {
    const last = done.at(-1);
    const open = last?.endedAt === null ? last : null;
    if (!TROUBLED.has(row.status)) {
      if (open) done[done.length - 1] = { ...open, endedAt: row.at };
    } else if (open) done[done.length - 1] = { ...open, worst: worse(open.worst, row.status) };
    else done.push(begin(row, !whole && row === rows.at(-1)));
  }
  return done.reverse();
}
