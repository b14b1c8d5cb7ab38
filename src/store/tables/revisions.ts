// Which configurations were there, and what did each change? The newest one's overlay is what is set over the files now, so a
// revision and the definitions that change with it are stored together or not at all.
import { type Kysely, sql } from "kysely";
import type { ConfigRevision } from "#contract/change.ts";
import { json, jsonb } from "#store/batch.ts";
import type { Run, Schema } from "#store/schema.ts";
import { removeApiDefinition, replaceApiDefinition, saveApiDefinition } from "./servers.ts";

interface RevisionToKeep extends ConfigRevision {
  /** Everything that is set over the files; holds secrets as they were given. */
  readonly overlay: unknown;
  /** What runs, free of secrets; kept of the newest revision only. */
  readonly document: unknown;
}

interface DefinitionToKeep {
  readonly name: string;
  /** Null: to be removed. */
  readonly definition: unknown;
  readonly isNew: boolean;
}

export interface RevisionsTable {
  last(): Promise<{ readonly n: number; readonly overlay: unknown; readonly document: unknown } | undefined>;
  /** Answers the number that it got: the row's, or the next free one. Throws CONFIG_CONFLICT when a new name exists. */
  append(row: RevisionToKeep, definitions: readonly DefinitionToKeep[]): Promise<number>;
  /** Newest first. */
  recent(limit: number): Promise<ConfigRevision[]>;
  overlay(n: number): Promise<unknown>;
}

const KEPT = 1_000;

export const createRevisionsTable = (run: Run): RevisionsTable => ({
  last: () =>
    run(async (db) => {
      const statement = sql<{ n: number; overlay: unknown; document: unknown }>`
        select n, overlay, document from omni2.config_revisions order by n desc limit 1`;
      return (await statement.execute(db)).rows[0];
    }),
  append: (row, definitions) =>
    run((db) =>
      db.transaction().execute(async (transaction) => {
        await keepDefinitions(transaction, definitions);
        return insert(transaction, row);
      }),
    ),
  recent: (limit) =>
    run(async (db) => {
      const statement = sql<ConfigRevision>`select n, at, by, source, changes
        from omni2.config_revisions order by n desc limit ${limit}`;
      return (await statement.execute(db)).rows;
    }),
  overlay: (n) =>
    run(async (db) => {
      const statement = sql<{ overlay: unknown }>`select overlay from omni2.config_revisions where n = ${n}`;
      return (await statement.execute(db)).rows[0]?.overlay;
    }),
});

async function keepDefinitions(db: Kysely<Schema>, definitions: readonly DefinitionToKeep[]): Promise<void> {
  for (const { name, definition, isNew } of definitions) {
    if (definition === null) await removeApiDefinition(db, name);
    else if (isNew) await saveApiDefinition(db, name, definition);
    else await replaceApiDefinition(db, name, definition);
  }
}

async function insert(
  db: Kysely<Schema>,
  { n, at, by, source, changes, overlay, document }: RevisionToKeep,
): Promise<number> {
  // Two gateways on one database take turns.
  await sql`lock table omni2.config_revisions in share row exclusive mode`.execute(db);
  const { rows } = await sql<{ n: number }>`
    insert into omni2.config_revisions (n, at, by, source, changes, overlay, document)
    select greatest(${n}::bigint, coalesce(max(n), 0) + 1), to_timestamp(${at}::double precision / 1000), ${by}, ${source},
      ${jsonb(changes)}, ${json(overlay)}, ${jsonb(document)}
    from omni2.config_revisions returning n`.execute(db);
  const given = rows[0]?.n ?? n;
  await sql`update omni2.config_revisions set document = null where n < ${given} and document is not null`.execute(db);
  await sql`delete from omni2.config_revisions where n <= ${given - KEPT}`.execute(db);
  return given;
}
