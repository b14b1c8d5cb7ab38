// The single records of finished calls. No arguments, no results: only what happened.
import { sql } from "kysely";
import type { CallOutcome, CallRecord, Disposition } from "#contract/call.ts";
import { jsonb } from "#store/batch.ts";
import type { Run } from "#store/schema.ts";
import { AT_US, equalTo, instantOfUs, type Page, pageOf, parseCursor, runPage } from "./page.ts";

export interface CallsQuery {
  /** `next` of the page before; none for the newest. */
  readonly before?: string | undefined;
  readonly limit: number;
  readonly server?: string | undefined;
  /** The server's own name of the tool, prompt or resource. */
  readonly tool?: string | undefined;
  readonly outcome?: CallOutcome | undefined;
  readonly disposition?: Disposition | undefined;
  readonly principal?: string | undefined;
}

export interface CallsTable {
  /** A record that is there already is left as it is, so a batch may be sent again. */
  append(records: readonly CallRecord[]): Promise<void>;
  /** Newest first. Throws INVALID_REQUEST for a cursor that is none. */
  page(query: CallsQuery): Promise<Page<CallRecord>>;
  /** Null when it was not kept, or no longer is. */
  get(id: string): Promise<CallRecord | null>;
}

type Row = CallRecord & { readonly atUs: number };

export const createCallsTable = (run: Run): CallsTable => ({
  append: async (records) => {
    if (records.length > 0) await run((db) => insert(records).execute(db));
  },
  page: async (query) => {
    const rows = await runPage(run, select(query));
    return pageOf(rows, query.limit, { item: record, position: ({ atUs, id }) => [atUs, id] });
  },
  get: (id) =>
    run(async (db) => {
      const { rows } =
        await sql<CallRecord>`select ${FIELDS} from omni2.calls where ${equalTo({ id })[0]} limit 1`.execute(db);
      return rows[0] ?? null;
    }),
});

const record = ({ atUs, ...rest }: Row): CallRecord => rest;

const FIELDS = sql`id, at, kind, server, name, principal, era, outcome, fault_code as "faultCode", disposition,
  cache_reason as "cacheReason", age_ms as "ageMs", duration_ms as "durationMs", queued_ms as "queuedMs",
  backoff_ms as "backoffMs", upstream_ms as "upstreamMs", breaker, attempts, result_bytes as "resultBytes"`;

function select({ before, limit, tool, ...wanted }: CallsQuery) {
  const { server, outcome, disposition, principal } = wanted;
  const wheres = equalTo({ server, name: tool, outcome, disposition, principal });
  if (before !== undefined) {
    const [atUs, id] = parseCursor(before, ["string"]);
    // The first condition says nothing new, but parts and index entries that are newer are passed by because of it.
    wheres.push(sql`at <= ${instantOfUs(atUs)} and (at, id) < (${instantOfUs(atUs)}, ${id})`);
  }
  const where = wheres.length === 0 ? sql`` : sql`where ${sql.join(wheres, sql` and `)}`;
  return sql<Row>`select ${FIELDS}, ${AT_US} as "atUs" from omni2.calls ${where}
    order by at desc, id desc limit ${limit + 1}`;
}

const insert = (records: readonly CallRecord[]) => sql`
  insert into omni2.calls (id, at, kind, server, name, principal, era, outcome, fault_code, disposition, cache_reason,
    age_ms, duration_ms, queued_ms, backoff_ms, upstream_ms, breaker, attempts, result_bytes)
  select id, to_timestamp(at / 1000), kind, server, name, principal, era, outcome, "faultCode", disposition, "cacheReason",
    "ageMs", "durationMs", "queuedMs", "backoffMs", "upstreamMs", breaker, attempts, "resultBytes"
  from jsonb_to_recordset(${jsonb(records)}) as given(id text, at double precision, kind text, server text, name text,
    principal text, era text, outcome text, "faultCode" text, disposition text, "cacheReason" text,
    "ageMs" double precision, "durationMs" double precision, "queuedMs" double precision, "backoffMs" double precision,
    "upstreamMs" double precision, breaker text, attempts integer, "resultBytes" bigint)
  on conflict (id, at) do nothing`;
