// Is an external database's schema the one that this program makes? Reads only, and never shows a user or a password.
import { openConnections } from "#store/connections.ts";
import { describe } from "#store/failure.ts";
import { SCHEMA_STEPS } from "#store/migrate.ts";
import { createExternal } from "#store/source.ts";
import { demandSame, Unmet } from "./check.ts";

const QUERY_MS = 5_000;

type MigrationTable = { "omni2.migrations": { name: string } };

/** What was seen, in words. Throws Unmet for another schema and for a database that cannot be asked. */
export async function lookAtSchema(url: string): Promise<string> {
  const source = createExternal(url);
  const limits = { max: 1, queryTimeoutMs: QUERY_MS, signal: new AbortController().signal };
  const connections = openConnections(await source.locate(), limits, () => {});
  try {
    const db = connections.db.$extendTables<MigrationTable>();
    const steps = await db.selectFrom("omni2.migrations").select("name").orderBy("name").execute();
    const names = steps.map(({ name }) => name);
    demandSame("schema steps", names, SCHEMA_STEPS);
    await db.selectFrom("omni2.mcp_servers").select(["name", "health_status"]).limit(1).execute();
    return `${names.length} steps, up to ${names.at(-1)}, at ${source.name}`;
  } catch (error) {
    if (error instanceof Unmet) throw error;
    throw new Unmet(`the tables of schema omni2 at ${source.name}`, describe(error));
  } finally {
    connections.destroy();
  }
}
