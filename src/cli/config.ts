// What does a running gateway run with, what did its configuration go through, and what would a change do? Shows it, or changes it.
import type { ConfigApplied, ConfigChange, ConfigPatch, ConfigRevision } from "#contract/change.ts";
import { Fault } from "#contract/fault.ts";
import { isObject } from "#lib/json.ts";
import type { Ends } from "./command.ts";
import { printJson } from "./terminal.ts";
import { columns, counted, duration, harmless, oneLine } from "./text.ts";

export interface ChangeOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export interface RevisionsOptions {
  readonly json?: boolean;
  /** A whole number, as it was written. */
  readonly limit?: string;
}

const LIMIT = 20;
/** Paths named in one line of the list of revisions. */
const PATHS_NAMED = 3;

export async function showConfig({ gateway, terminal }: Ends, options: { json?: boolean }): Promise<number> {
  const answer = await gateway.ask("GET /api/config");
  if (options.json === true) {
    printJson(terminal, answer);
    return 0;
  }
  const { revision, files, document, changes, warnings } = answer;
  terminal.print(harmless(`Revision ${revision}, from ${files.join(", ")}`));
  for (const warning of warnings) terminal.print(harmless(`warning: ${warning}`));
  terminal.print(harmless(JSON.stringify(document, null, 2)));
  const isChanged = Object.values(changes).some((part) => isObject(part) && Object.keys(part).length > 0);
  if (isChanged) terminal.print(harmless(`Set over the files:\n${JSON.stringify(changes, null, 2)}`));
  return 0;
}

/** Sends the document as a change. Throws what the gateway answers; then nothing has changed. */
export async function applyDocument(document: unknown, ends: Ends, options: ChangeOptions): Promise<number> {
  const { revision } = await ends.gateway.ask("GET /api/config");
  const applied = await ends.gateway.ask("PATCH /api/config", {
    body: patchOf(document),
    ifMatch: revision,
    query: dryRunQuery(options),
  });
  return tell(applied, ends, { ...options, before: revision });
}

/** Throws USAGE for what is no number of a revision, and what the gateway answers. */
export async function rollBack(n: string, ends: Ends, options: ChangeOptions): Promise<number> {
  if (!/^\d{1,15}$/.test(n))
    throw new Fault("USAGE", "A revision is named by its number; `omni2 config revisions` lists them.");
  const { revision } = await ends.gateway.ask("GET /api/config");
  const applied = await ends.gateway.ask("POST /api/config/revisions/{n}/apply", {
    params: { n },
    ifMatch: revision,
    query: dryRunQuery(options),
  });
  return tell(applied, ends, { ...options, before: revision });
}

export async function listRevisions({ gateway, terminal }: Ends, options: RevisionsOptions): Promise<number> {
  const { limit = String(LIMIT) } = options;
  if (!/^[1-9]\d{0,3}$/.test(limit) || Number(limit) > 1_000)
    throw new Fault("USAGE", "--limit must be a whole number, 1 to 1000.");
  const { items } = await gateway.ask("GET /api/config/revisions", { query: { limit } });
  if (options.json === true) {
    printJson(terminal, items);
    return 0;
  }
  const now = Date.now();
  const head = ["REVISION", "WHEN", "BY", "SOURCE", "CHANGES"];
  for (const line of columns([head, ...items.map((item) => revisionRow(item, now))], terminal.width))
    terminal.print(line);
  return 0;
}

const revisionRow = ({ n, at, by, source, changes }: ConfigRevision, now: number): string[] => {
  const named = changes.slice(0, PATHS_NAMED).map(({ path }) => oneLine(path));
  const more = changes.length - named.length;
  const what =
    changes.length === 0 ? "nothing that runs" : [...named, ...(more > 0 ? [`${more} more`] : [])].join(", ");
  return [String(n), `${duration(Math.max(0, now - at))} ago`, by, source, what];
};

const dryRunQuery = ({ dryRun }: ChangeOptions) => (dryRun === true ? { dryRun: "true" } : {});

/** A configuration file as a patch: `servers` is the other name of `mcpServers`. */
function patchOf(document: unknown): ConfigPatch {
  if (!isObject(document))
    throw new Fault("CONFIG_INVALID", 'The file holds no object such as {"mcpServers": {}}; nothing was sent.');
  const { $schema: _, servers, ...patch } = document;
  if (servers === undefined) return patch;
  const { mcpServers = {} } = patch;
  return isObject(servers) && isObject(mcpServers)
    ? { ...patch, mcpServers: { ...servers, ...mcpServers } }
    : ({ ...patch, servers } as ConfigPatch);
}

function tell(
  applied: ConfigApplied,
  { terminal }: Ends,
  { json, dryRun, before }: ChangeOptions & { readonly before: number },
): number {
  if (json === true) {
    printJson(terminal, applied);
    return 0;
  }
  const { changes, revision, warnings } = applied;
  for (const change of changes) terminal.print(harmless(changeLine(change)));
  for (const warning of warnings) terminal.print(harmless(`warning: ${warning}`));
  const what = counted(changes.length, "change");
  if (dryRun === true)
    terminal.print(changes.length === 0 ? "Nothing would change." : `${what}; nothing was done yet.`);
  else if (revision === before) terminal.print("Nothing changed.");
  else terminal.print(`${what}; this is revision ${revision}.`);
  return 0;
}

function changeLine({ path, before, after, needsRestart }: ConfigChange): string {
  const when = needsRestart ? "  (from the next start on)" : "";
  const name = oneLine(path);
  if (before === undefined) return `+ ${name}: ${JSON.stringify(after)}${when}`;
  if (after === undefined) return `- ${name}: ${JSON.stringify(before)}${when}`;
  return `~ ${name}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}${when}`;
}
