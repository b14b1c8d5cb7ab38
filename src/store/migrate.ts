// How does a database get this program's schema? Numbered steps, forward only, all in one transaction, one gateway at a
// time. A schema made by a newer program is refused, never touched.
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { servers } from "./migrations/001-servers.ts";
import { calls } from "./migrations/002-calls.ts";
import { settings } from "./migrations/003-settings.ts";
import { catalogText } from "./migrations/004-catalog-text.ts";
import { breakers } from "./migrations/005-breakers.ts";
import { days } from "./migrations/006-days.ts";
import { keys } from "./migrations/007-keys.ts";
import { revisions } from "./migrations/008-revisions.ts";
import { runs } from "./migrations/009-runs.ts";
import type { Schema } from "./schema.ts";

/** In order; a step that has been released is never changed, only followed by another. */
const STEPS: Record<string, Migration> = {
  "001-servers": servers,
  "002-calls": calls,
  "003-settings": settings,
  "004-catalog-text": catalogText,
  "005-breakers": breakers,
  "006-days": days,
  "007-keys": keys,
  "008-revisions": revisions,
  "009-runs": runs,
};

/** The names of all steps, in order: what a database of this version has gone through. */
export const SCHEMA_STEPS: readonly string[] = Object.keys(STEPS);

// Any number that no other program uses in the same database.
const LOCK_KEY = 6_664_002;

/** Brings the schema up to date. Throws when it is newer than this program, or when a step fails (nothing is changed then). */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  if (await isCurrent(db)) return;
  // The session's lock must be taken and released on one connection. Two gateways can even collide in
  // `create schema if not exists`, so it is taken before anything else.
  await db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${LOCK_KEY})`.execute(connection);
    try {
      if (!(await isCurrent(connection))) await applySteps(connection);
    } finally {
      await sql`select pg_advisory_unlock(${LOCK_KEY})`.execute(connection).catch(() => {});
    }
  });
}

async function applySteps(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => STEPS },
    migrationTableSchema: "omni2",
    migrationTableName: "migrations",
    migrationLockTableName: "migrations_lock",
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function isCurrent(db: Kysely<Schema>): Promise<boolean> {
  const table = await sql<{ found: string | null }>`select to_regclass('omni2.migrations')::text as found`.execute(db);
  if (table.rows[0]?.found == null) return false;
  const { rows } = await sql<{ name: string }>`select name from omni2.migrations order by name`.execute(db);
  const newer = rows.find((row) => !Object.hasOwn(STEPS, row.name));
  if (newer !== undefined) {
    throw new Error(
      `its schema omni2 was made by a newer version of OMNI2 (it has the step "${newer.name}", which this version ` +
        "does not know). Nothing was changed. Start the newer version, or use another database",
    );
  }
  return rows.length === Object.keys(STEPS).length;
}
