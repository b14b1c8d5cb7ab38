// How does one change happen? Each function here is one turn, run while no other runs: judge, store, take up, tell.
import type { ServerInput } from "#contract/api.ts";
import type { ConfigApplied, ConfigRevision } from "#contract/change.ts";
import { Fault, toFault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { JsonObject } from "#lib/json.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { type Changes, changesOf, isWhole } from "./changes.ts";
import { documentOf, fitted, patched, requireFits, requireSeen } from "./fit.ts";
import {
  changesBetween,
  type History,
  keptDefinitions,
  type RevisionRow,
  type RevisionStore,
  sameDocument,
} from "./history.ts";
import { issueText } from "./issue.ts";
import type { LiveConfiguration } from "./live.ts";
import { readConfiguration } from "./read.ts";
import { redacted } from "./redact.ts";
import { readRestEntry } from "./rest-entry.ts";
import {
  type ConfigFrame,
  type ConfigParts,
  type Configuration,
  requireFree,
  restRules,
  withEntry,
  withoutEntry,
} from "./state.ts";

/** One definition as it was given over REST, variables not expanded. */
export interface StoredEntry {
  readonly name: string;
  readonly definition: unknown;
}

/** Where definitions added over REST are kept. Rejects with STORE_UNAVAILABLE while there is no database. */
export interface DefinitionStore {
  listApiDefinitions(): Promise<readonly StoredEntry[]>;
}

/** What a turn works on. */
export interface TurnDeps {
  readonly frame: ConfigFrame;
  readonly live: LiveConfiguration;
  readonly history: History;
  readonly definitions: DefinitionStore;
  readonly revisions: RevisionStore;
  readonly log: Log;
  readonly world: World;
  /** Whether the stored changes have been taken up: before that nothing may be stored over them. */
  adopted: boolean;
  tell(revision: ConfigRevision): void;
}

/** Who changes, and what it takes for granted. */
export interface Asked {
  readonly by: string;
  /** The revision that the asker has seen. */
  readonly ifMatch: number;
  /** Only to know what would happen. */
  readonly dryRun: boolean;
}

export interface ReloadResult {
  readonly changed: boolean;
  /** Why the old configuration stays. */
  readonly fault?: Fault;
}

type Author = Pick<ConfigRevision, "by" | "source">;

export async function add(
  { name, ...definition }: ServerInput,
  by: string,
  deps: TurnDeps,
): Promise<UpstreamDefinition> {
  const parts = deps.live.parts();
  requireFree(name, parts);
  const entry = readRestEntry(name, definition, restRules(deps.live.current(), deps.frame));
  const changes = withEntry(name, definition, parts.changes);
  requireFits(changes, parts);
  await carryOut(planOf({ ...parts, changes }, { by, source: "rest" }, deps), deps);
  return entry.definition;
}

export const remove = async (name: string, by: string, deps: TurnDeps): Promise<void> => {
  const parts = deps.live.parts();
  await carryOut(planOf({ ...parts, changes: withoutEntry(name, parts) }, { by, source: "rest" }, deps), deps);
};

export async function patch(given: JsonObject, asked: Asked, deps: TurnDeps): Promise<ConfigApplied> {
  requireAdopted(deps);
  const current = deps.live.current();
  requireSeen(asked.ifMatch, current);
  return changeTo(patched(given, deps.live.parts(), current), asked, { deps, source: "rest" });
}

/** Throws INVALID_REQUEST for a revision that is not kept. */
export async function rollBack(n: number, asked: Asked, deps: TurnDeps): Promise<ConfigApplied> {
  requireAdopted(deps);
  requireSeen(asked.ifMatch, deps.live.current());
  const overlay = await deps.revisions.overlay(n);
  if (overlay === undefined) {
    throw new Fault("INVALID_REQUEST", `Revision ${n} is not kept any more, or never was. Nothing was changed.`);
  }
  return changeTo(changesOf(overlay), asked, { deps, source: "rollback" });
}

async function changeTo(
  wanted: Changes,
  { by, dryRun }: Asked,
  { deps, source }: { deps: TurnDeps; source: "rest" | "rollback" },
): Promise<ConfigApplied> {
  const { live, frame } = deps;
  const { changes, warnings } = fitted(wanted, live.parts(), frame);
  const plan = planOf({ ...live.parts(), changes }, { by, source }, deps);
  if (!dryRun) await carryOut(plan, deps);
  return { revision: live.current().revision, changes: plan.row.changes, warnings: warnings.map(issueText) };
}

/** What would come to be, and how it would be written down. */
interface Plan {
  readonly next: ConfigParts;
  readonly draft: Configuration;
  readonly row: RevisionRow;
}

function planOf(next: ConfigParts, author: Author, { live, world }: TurnDeps): Plan {
  const draft = live.draft(next);
  const [before, after] = [documentOf(live.current()), documentOf(draft)];
  const changes = changesBetween(before, after);
  const written = { overlay: next.changes, document: redacted(after) };
  return { next, draft, row: { n: draft.revision, at: world.wall(), ...author, changes, ...written } };
}

const changesNothing = ({ draft }: Plan, { live }: TurnDeps): boolean => draft.revision === live.current().revision;

// Stored first: what counts has been kept.
async function carryOut(plan: Plan, deps: TurnDeps): Promise<void> {
  requireAdopted(deps);
  if (changesNothing(plan, deps)) return;
  const { live, history } = deps;
  const n = await history.append(plan.row, keptDefinitions(live.parts().changes, plan.next.changes));
  await takeUp(plan, n, deps);
}

function requireAdopted({ adopted }: TurnDeps): void {
  if (adopted) return;
  const message =
    "The configuration cannot be changed yet: what was changed before is not read from the database. Try again soon.";
  throw new Fault("STORE_UNAVAILABLE", message);
}

async function takeUp({ next, draft, row }: Plan, n: number, deps: TurnDeps): Promise<void> {
  await deps.live.take(next, { ...draft, revision: n });
  const { at, by, source, changes } = row;
  deps.tell({ n, at, by, source, changes });
}

/** Takes up what is stored; a start that finds something else than the last one left makes a revision. */
export async function adopt(deps: TurnDeps): Promise<void> {
  const { live, history, definitions, revisions } = deps;
  await history.flush();
  const [entries, last] = [await definitions.listApiDefinitions(), await revisions.last()];
  const changes = storedChanges(entries, last?.overlay);
  const plan = planOf({ ...live.parts(), changes }, { by: "gateway", source: "start" }, deps);
  const { next, draft, row } = plan;
  const before = live.current().revision;
  deps.adopted = true;
  if (last !== undefined && sameDocument(last.document, row.document)) {
    await live.take(next, { ...draft, revision: Math.max(last.n, before) });
    return;
  }
  const n = Math.max((last?.n ?? 0) + 1, before);
  const found = { ...row, n, changes: changesBetween(changesOf(last?.document), row.document) };
  await takeUp({ ...plan, row: found }, await history.note(found), deps);
}

/** Definitions are what the servers' table says; all else is what the newest revision left. */
function storedChanges(entries: readonly StoredEntry[], overlay: unknown): Changes {
  const { mcpServers, omni2 } = changesOf(overlay);
  const tuning = Object.entries(mcpServers).filter(([, entry]) => !isWhole(entry));
  const added = entries.map(({ name, definition }) => [name, definition]);
  return changesOf({ mcpServers: Object.fromEntries([...tuning, ...added]), omni2 });
}

/** Reads the files again; the changes stay on top. */
export async function reload(deps: TurnDeps): Promise<ReloadResult> {
  const { live, log, frame, history } = deps;
  try {
    const next = { ...live.parts(), fromFiles: await readConfiguration(frame.files, frame.env) };
    const plan = planOf(next, { by: "file", source: "file" }, deps);
    if (changesNothing(plan, deps)) {
      await live.take(next, plan.draft);
      return { changed: false };
    }
    await takeUp(plan, deps.adopted ? await history.note(plan.row) : plan.row.n, deps);
    const { revision, definitions } = live.current();
    log.info({ revision, servers: definitions.length }, "configuration reloaded");
    return { changed: true };
  } catch (error) {
    const fault = toFault(error);
    log.error(
      { code: fault.code, err: fault.code === "INTERNAL" ? error : undefined },
      `the old configuration stays: ${fault.message}`,
    );
    return { changed: false, fault };
  }
}
