// Which changes can be made now? Pure: what is wanted and the files in; the changes as they will be kept, or the faults of all of
// them, out. What was kept before and is not touched is not judged again.
import { MAX_SERVERS } from "#contract/config.ts";
import { Fault } from "#contract/fault.ts";
import { canonicalJson, type JsonObject } from "#lib/json.ts";
import { mergeBlocks } from "./block.ts";
import { blockIssues, blockOf, type Changes, changesOf, isWhole, laidOver, tuningIssues, tuningOf } from "./changes.ts";
import { configFault, type Findings, type Issue, issuesOf } from "./issue.ts";
import { mergeObjects } from "./merge.ts";
import { type Document, restored } from "./redact.ts";
import { type RestRules, readRestEntry } from "./rest-entry.ts";
import { pathText } from "./source.ts";
import { type ConfigFrame, type ConfigParts, type Configuration, restRules } from "./state.ts";

/** Characters of all changes together, as JSON: they are kept with every revision. */
const MAX_CHANGES_LENGTH = 1024 * 1024;

/** What runs, as a document. Holds secrets. */
export const documentOf = ({ document }: Configuration): Document => ({
  mcpServers: document.servers as Document["mcpServers"],
  omni2: document.omni2,
});

/** The changes that a patch asks for. Throws CONFIG_INVALID where `[redacted]` stands for nothing that is kept. */
export function patched(patch: JsonObject, { changes }: ConfigParts, current: Configuration): Changes {
  const { patch: meant, unknown } = restored(patch, [changes, documentOf(current)]);
  const [first] = unknown;
  if (first !== undefined) {
    const message = "`[redacted]` stands for a value that is kept, and none is kept here; give the value itself";
    throw configFault(
      unknown.map((path) => ({ path: pathText(path), message })),
      SUBJECT,
    );
  }
  return changesOf(mergeObjects({ ...changes }, meant));
}

const SUBJECT = "the change";

/** The changes as they will be kept, with warnings about those that are new. Throws CONFIG_INVALID with every problem, FORBIDDEN for what REST may not change. */
export function fitted(
  wanted: Changes,
  parts: ConfigParts,
  frame: ConfigFrame,
): { readonly changes: Changes; readonly warnings: readonly Issue[] } {
  const { fromFiles, changes: kept } = parts;
  const found: Findings = { problems: [], warnings: [] };
  const isBlockNew = canonicalJson(wanted.omni2) !== canonicalJson(kept.omni2);
  const omni2 = isBlockNew ? blockOf(wanted.omni2, fromFiles) : wanted.omni2;
  if (isBlockNew) found.problems.push(...blockIssues(omni2));
  const defaults = mergeBlocks(fromFiles.document.omni2, laidOver({ mcpServers: {}, omni2 }, fromFiles).omni2);
  const rules = { ...restRules(fromFiles, frame), defaults };
  const judge = (name: string, entry: JsonObject): JsonObject => {
    if (fromFiles.places.has(name)) {
      const tuning = tuningOf(name, entry, fromFiles);
      found.problems.push(...tuningIssues(name, tuning));
      return tuning;
    }
    judgeWhole(name, entry, { rules, found });
    return entry;
  };
  const entries = Object.entries(wanted.mcpServers).map(([name, entry]): [string, JsonObject] => {
    const before = Object.hasOwn(kept.mcpServers, name) ? kept.mcpServers[name] : undefined;
    const isKept = before !== undefined && canonicalJson(before) === canonicalJson(entry);
    return [name, isKept ? entry : judge(name, entry)];
  });
  const changes = changesOf({ mcpServers: Object.fromEntries(entries), omni2 });
  if (found.problems.length > 0) throw configFault(found.problems, SUBJECT);
  requireFits(changes, parts);
  return { changes, warnings: found.warnings };
}

function judgeWhole(name: string, entry: JsonObject, { rules, found }: { rules: RestRules; found: Findings }): void {
  if (!isWhole(entry)) {
    const message = "no file defines this server, so it needs a command or a url";
    found.problems.push(below(name, { path: "", message }));
    return;
  }
  try {
    found.warnings.push(...readRestEntry(name, entry, rules).warnings.map((issue) => below(name, issue)));
  } catch (error) {
    const issues = issuesOf(error);
    if (issues.length === 0) throw error;
    found.problems.push(...issues.map((issue) => below(name, issue)));
  }
}

const below = (name: string, { path, message }: Issue): Issue => ({
  path: ["mcpServers", name, ...(path === "" ? [] : [path])].join("."),
  message,
});

/** Throws CONFIG_INVALID when these are more servers, or longer, than can be kept. */
export function requireFits(changes: Changes, { fromFiles }: ConfigParts): void {
  const added = Object.keys(changes.mcpServers).filter((name) => !fromFiles.places.has(name)).length;
  const total = fromFiles.definitions.length + added;
  if (total > MAX_SERVERS) {
    throw configFault([{ path: "mcpServers", message: `more than ${MAX_SERVERS} servers` }], SUBJECT);
  }
  if (JSON.stringify(changes).length > MAX_CHANGES_LENGTH) {
    const message = "all changes together are longer than 1 MiB; move some into a file";
    throw configFault([{ path: "", message }], SUBJECT);
  }
}

/** Throws CONFIG_CONFLICT unless the asker has seen the present revision. */
export function requireSeen(ifMatch: number, { revision }: Configuration): void {
  if (ifMatch === revision) return;
  const message = `The configuration is at revision ${revision}, not ${ifMatch}: it changed meanwhile. Nothing was changed; read it again.`;
  throw new Fault("CONFIG_CONFLICT", message);
}
