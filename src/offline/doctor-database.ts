// How is the database: who holds the embedded one and how big is it, or can the external one be reached? Takes no lock,
// writes nothing, and never shows a user or a password.
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isFault } from "#contract/fault.ts";
import { openConnections } from "#store/connections.ts";
import { describeSelf, livenessOf, parseHolder } from "#store/embedded/holder.ts";
import { describe } from "#store/failure.ts";
import { createExternal } from "#store/source.ts";
import { type Finding, fail, pass, type Section, warn } from "./doctor-finding.ts";
import { sizeText } from "./doctor-machine.ts";

export interface DatabaseQuestion {
  readonly url: string | null;
  readonly dataDir: string;
  /** Whether a gateway answers where one with these settings would. */
  readonly running: boolean;
}

export async function lookAtDatabase({ url, dataDir, running }: DatabaseQuestion): Promise<Section> {
  const findings = url === null ? await lookAtEmbedded(dataDir, running) : await lookAtExternal(url);
  return { title: "Database", findings };
}

async function lookAtEmbedded(dataDir: string, running: boolean): Promise<Finding[]> {
  try {
    const bytes = await sizeOf(join(dataDir, "pg"));
    const size = bytes === null ? "not made yet; the first start makes it" : sizeText(bytes);
    const text = await readFile(join(dataDir, "pg.lock"), "utf8").catch(nullIfMissing);
    return [pass("embedded", `in ${dataDir}, ${size}`), judgeHolder(text, running)];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return [
      fail(
        "embedded",
        `${dataDir} cannot be read (${code}).`,
        "Correct its permissions, or choose another with --data-dir.",
      ),
    ];
  }
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

/** `text` is what stands in the lock file; null when there is none. */
function judgeHolder(text: string | null, running: boolean): Finding {
  const holder = parseHolder(text ?? "");
  const liveness = holder === null ? "dead" : livenessOf(holder, describeSelf());
  if (holder === null || liveness === "dead") return pass("held by", "nobody");
  const who = `the gateway with pid ${holder.gatewayPid} (its database: pid ${holder.pid})`;
  if (running) return pass("held by", who);
  const sure = liveness === "alive" ? "" : "perhaps ";
  const todo = `Look with \`ps -fp ${holder.gatewayPid},${holder.pid}\`, then stop it, name its address with --url, or choose another --data-dir.`;
  return warn(
    "held by",
    `${sure}${who}, which does not answer at the configured port; a second start is refused.`,
    todo,
  );
}

/** Bytes of all files below; null when the folder does not exist. A file may vanish meanwhile. */
async function sizeOf(folder: string): Promise<number | null> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(nullIfMissing);
  if (entries === null) return null;
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isFile())
      bytes += await lstat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return bytes;
}

const LOWEST_VERSION = 14;
const QUERY_MS = 5_000;

async function lookAtExternal(url: string): Promise<Finding[]> {
  try {
    const source = createExternal(url);
    const address = await source.locate();
    return [pass("external", source.name), ...(await askDatabase(address))];
  } catch (error) {
    if (!isFault(error)) throw error;
    return [fail("external", error.message, "Correct --database-url (DATABASE_URL).")];
  }
}

async function askDatabase(address: Parameters<typeof openConnections>[0]): Promise<Finding[]> {
  const limits = { max: 1, queryTimeoutMs: QUERY_MS, signal: new AbortController().signal };
  const connections = openConnections(address, limits, () => {});
  try {
    const db = connections.db.$extendTables<SystemTables>();
    const [version] = await db
      .selectFrom("pg_settings")
      .select("setting")
      .where("name", "=", "server_version")
      .execute();
    const tables = await db
      .selectFrom("pg_tables")
      .select("tablename")
      .where("schemaname", "=", "omni2")
      .where("tablename", "=", "migrations")
      .execute();
    const steps =
      tables.length === 0 ? [] : await db.selectFrom("omni2.migrations").select("name").orderBy("name").execute();
    return [judgeVersion(version?.setting ?? ""), schemaFinding(steps.at(-1)?.name)];
  } catch (error) {
    const todo = "Start it, or correct --database-url (DATABASE_URL); a gateway starts without it and waits.";
    return [fail("reached", `no: ${describe(error)}.`, todo)];
  } finally {
    connections.destroy();
  }
}

type SystemTables = {
  pg_settings: { name: string; setting: string };
  pg_tables: { schemaname: string; tablename: string };
  "omni2.migrations": { name: string };
};

export function judgeVersion(version: string): Finding {
  if (Number.parseInt(version, 10) >= LOWEST_VERSION) return pass("reached", `yes, PostgreSQL ${version}`);
  return fail("reached", `PostgreSQL ${version} is too old.`, `Use version ${LOWEST_VERSION} or newer.`);
}

const schemaFinding = (newest: string | undefined): Finding =>
  pass("schema", newest === undefined ? "not made yet; the first start makes it" : `up to step ${newest}`);
