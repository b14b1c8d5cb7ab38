// What happened, one row for each numbered live frame, under the frame's own number and epoch.
import { sql } from "kysely";
import type { FrameType, Severity } from "#contract/event.ts";
import type { StatusFact } from "#contract/timeline.ts";
import { jsonb } from "#store/batch.ts";
import type { Run } from "#store/schema.ts";
import { AT_US, equalTo, instantOfUs, type Page, pageOf, parseCursor, runPage } from "./page.ts";

export interface EventRow {
  /** Numbers compare only within one epoch. */
  readonly epoch: string;
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: FrameType;
  /** Null for an event that is about no single server. */
  readonly server: string | null;
  /** Null for an event that has none. */
  readonly severity: Severity | null;
  /** The frame's `data`. */
  readonly data: unknown;
}

export interface EventsQuery {
  /** `next` of the page before; none for the newest. */
  readonly before?: string | undefined;
  /** Nothing later than this, milliseconds since 1970. */
  readonly until?: number | undefined;
  readonly limit: number;
  readonly server?: string | undefined;
  readonly type?: FrameType | undefined;
}
type Forward = Omit<EventsQuery, "before" | "until">;

export interface EventsTable {
  /** A row that is there already is left as it is, so a batch may be sent again. */
  append(rows: readonly EventRow[]): Promise<void>;
  /** Rows of the epoch with a number above `seq`, in order; holes are where events were dropped. */
  after(epoch: string, seq: number, query: Forward): Promise<readonly EventRow[]>;
  /** From `at` (milliseconds since 1970) on, oldest first, over all epochs. */
  since(at: number, query: Forward): Promise<readonly EventRow[]>;
  /** What was told of servers' statuses from `at` (milliseconds since 1970) on: the newest `limit`, oldest first. */
  statusFacts(
    at: number,
    query: { readonly server?: string | undefined; readonly limit: number },
  ): Promise<StatusFact[]>;
  /** Newest first, over all epochs. Throws INVALID_REQUEST for a cursor that is none. */
  page(query: EventsQuery): Promise<Page<EventRow>>;
}

type Row = EventRow & { readonly atUs: number };

export const createEventsTable = (run: Run): EventsTable => ({
  append: async (rows) => {
    if (rows.length > 0) await run((db) => insert(rows).execute(db));
  },
  after: async (epoch, seq, { limit, server, type }) => {
    const wheres = sql.join([sql`seq > ${seq}`, ...equalTo({ epoch, server, type })], sql` and `);
    const statement = sql<EventRow>`select ${FIELDS} from omni2.events where ${wheres} order by seq limit ${limit}`;
    return (await run((db) => statement.execute(db))).rows;
  },
  since: (at, { limit, server, type }) => {
    const wheres = sql.join([sql`at >= ${instantOf(at)}`, ...equalTo({ server, type })], sql` and `);
    return runPage(
      run,
      sql<EventRow>`select ${FIELDS} from omni2.events where ${wheres} order by at, epoch, seq limit ${limit}`,
    );
  },
  statusFacts: async (at, { server, limit }) => {
    const rows = await runPage(run, selectFacts(at, server, limit));
    return rows.toReversed();
  },
  page: async (query) => {
    const rows = await runPage(run, select(query));
    return pageOf(rows, query.limit, { item: event, position: ({ atUs, epoch, seq }) => [atUs, epoch, seq] });
  },
});

const event = ({ atUs, ...rest }: Row): EventRow => rest;

const FIELDS = sql`epoch, seq, at, type, server, severity, payload as data`;

const instantOf = (at: number) => instantOfUs(at * 1_000);

function select({ before, until, limit, server, type }: EventsQuery) {
  const wheres = equalTo({ server, type });
  if (until !== undefined) wheres.push(sql`at <= ${instantOf(until)}`);
  if (before !== undefined) {
    const [atUs, epoch, seq] = parseCursor(before, ["string", "number"]);
    const at = instantOfUs(atUs);
    // The first condition says nothing new, but parts and index entries that are newer are passed by because of it.
    wheres.push(sql`at <= ${at} and (at, epoch, seq) < (${at}, ${epoch}, ${seq})`);
  }
  const where = wheres.length === 0 ? sql`` : sql`where ${sql.join(wheres, sql` and `)}`;
  return sql<Row>`select ${FIELDS}, ${AT_US} as "atUs" from omni2.events ${where}
    order by at desc, epoch desc, seq desc limit ${limit + 1}`;
}

const selectFacts = (at: number, server: string | undefined, limit: number) => sql<StatusFact>`
  select at, server, payload->>'old_status' as before,
    coalesce(payload->>'new_status', payload->'server'->>'status') as status,
    coalesce(payload->>'reason', payload->'server'->>'statusReason') as reason
  from omni2.events
  where type in ('mcp_status_change', 'server_added', 'server_removed')
    and ${sql.join([sql`at >= ${instantOf(at)}`, ...equalTo({ server })], sql` and `)}
  order by at desc, seq desc limit ${limit}`;

const insert = (rows: readonly EventRow[]) => sql`
  insert into omni2.events (epoch, seq, at, type, server, severity, payload)
  select epoch, seq, to_timestamp(at / 1000), type, server, severity, data
  from jsonb_to_recordset(${jsonb(rows)}) as given(epoch text, seq bigint, at double precision, type text,
    server text, severity text, data jsonb)
  on conflict (epoch, seq, at) do nothing`;
