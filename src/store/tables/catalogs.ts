// What each server offered when it was last seen: the whole snapshot for our own next start, and its tools as rows for people.
import { type Kysely, sql } from "kysely";
import { jsonb, storableJson } from "#store/batch.ts";
import type { Run, Schema } from "#store/schema.ts";

export interface ToolRow {
  readonly name: string;
  readonly qualifiedName: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly inputSchema: unknown;
  readonly annotations: unknown;
  readonly definitionHash: string;
}

export interface StoredCatalog {
  readonly server: string;
  readonly hash: string;
  readonly snapshot: unknown;
}

export interface CatalogsTable {
  /** `savedAt` is in milliseconds since 1970. */
  loadAll(): Promise<(StoredCatalog & { savedAt: number })[]>;
  /** Replaces what is stored for the server, all or nothing. */
  save(catalog: StoredCatalog & { readonly tools: readonly ToolRow[] }): Promise<void>;
  remove(server: string): Promise<void>;
}

export const createCatalogsTable = (run: Run): CatalogsTable => ({
  loadAll: () =>
    run((db) =>
      db
        .selectFrom("omni2.mcp_catalogs")
        .select(["server", "hash", "snapshot", "saved_at as savedAt"])
        .orderBy("server")
        .execute(),
    ),
  save: ({ server, hash, snapshot, tools }) =>
    run((db) =>
      db.transaction().execute(async (transaction) => {
        await sql`insert into omni2.mcp_catalogs (server, hash, snapshot) values (${server}, ${hash}, ${storableJson(snapshot)}::json)
          on conflict (server) do update set hash = excluded.hash, snapshot = excluded.snapshot, saved_at = now()`.execute(
          transaction,
        );
        await removeTools(transaction, server);
        await insertTools(server, tools).execute(transaction);
      }),
    ),
  remove: (server) =>
    run((db) =>
      db.transaction().execute(async (transaction) => {
        await removeTools(transaction, server);
        await transaction.deleteFrom("omni2.mcp_catalogs").where("server", "=", server).execute();
      }),
    ),
});

async function removeTools(db: Kysely<Schema>, server: string): Promise<void> {
  await db.deleteFrom("omni2.mcp_tools").where("server", "=", server).execute();
}

// A server may list one name twice; the first counts, as it does for callers.
const insertTools = (server: string, tools: readonly ToolRow[]) => sql`
  insert into omni2.mcp_tools
    (server, name, qualified_name, title, description, input_schema, annotations, definition_hash)
  select ${server}::text, name, "qualifiedName", title, description, coalesce("inputSchema", '{}'),
    coalesce(annotations, '{}'), "definitionHash"
  from jsonb_to_recordset(${jsonb(tools)}) as given(name text, "qualifiedName" text, title text, description text,
    "inputSchema" jsonb, annotations jsonb, "definitionHash" text)
  on conflict (server, name) do nothing`;
