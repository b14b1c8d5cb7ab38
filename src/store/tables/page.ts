// How is a log read page by page, newest first, while new rows keep coming? After a page comes what is older than its last
// row; the cursor names that row, so nothing is read twice and nothing is left out.
import { type RawBuilder, sql } from "kysely";
import { Fault } from "#contract/fault.ts";
import type { Run } from "#store/schema.ts";

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins, to be given back as it is; null when there is none. */
  readonly next: string | null;
}

/** The instant in microseconds since 1970, as PostgreSQL keeps it, and what tells rows of one instant apart. */
export type Position = readonly [atUs: number, ...rest: (string | number)[]];

export const toCursor = (position: Position): string => Buffer.from(JSON.stringify(position)).toString("base64url");

/** Throws INVALID_REQUEST for a text that `toCursor` did not make from a position of that shape. */
export function parseCursor(cursor: string, shape: readonly ("string" | "number")[]): Position {
  const parsed = readJson(Buffer.from(cursor, "base64url").toString());
  const fits = Array.isArray(parsed) && parsed.length === shape.length + 1 && Number.isSafeInteger(parsed[0]);
  if (!fits || shape.some((type, at) => typeof parsed[at + 1] !== type)) {
    throw new Fault("INVALID_REQUEST", "The cursor is not one that an earlier page gave. Begin again without it.");
  }
  return parsed as unknown as Position;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The row's instant, exactly. */
export const AT_US = sql<number>`(extract(epoch from at) * 1000000)::bigint`;

export const instantOfUs = (atUs: number): RawBuilder<unknown> =>
  sql`to_timestamp(${atUs}::double precision / 1000000)`;

/** `column = value` for each value that is given; columns are ours, values the caller's. */
export function equalTo(wanted: Readonly<Record<string, string | undefined>>): RawBuilder<unknown>[] {
  return Object.entries(wanted).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${sql.ref(column)} = ${storable(value)}`],
  );
}

// PostgreSQL refuses the character NUL, and no row holds it.
const storable = (value: string): string => value.toWellFormed().replaceAll("\0", "\ufffd");

/**
 * Runs a page's statement on the index that begins with its filter. By itself the planner takes each row found so
 * for a read of the disk, and would rather go through all newer rows in their order; a rare value makes that the whole table.
 */
export const runPage = <Row>(run: Run, statement: RawBuilder<Row>): Promise<readonly Row[]> =>
  run((db) =>
    db.transaction().execute(async (transaction) => {
      await sql`set local random_page_cost = 0`.execute(transaction);
      return (await statement.execute(transaction)).rows;
    }),
  );

/** One row more than `limit` was asked for: it only tells that there is another page. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  { item, position }: { item: (row: Row) => T; position: (row: Row) => Position },
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(item),
    next: rows.length > limit && last !== undefined ? toCursor(position(last)) : null,
  };
}
