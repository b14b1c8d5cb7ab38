// Which configurations were there? Every new one is written down as a numbered revision. One that a person asked for is
// stored before it counts; what files say counts at once, and its revision is stored as soon as there is a database.
import type { ConfigChange, ConfigRevision } from "#contract/change.ts";
import { isFault } from "#contract/fault.ts";
import { canonicalJson, type JsonObject } from "#lib/json.ts";
import type { Log } from "#lib/log.ts";
import { type Changes, isWhole } from "./changes.ts";
import { differences } from "./differences.ts";
import { valueAt } from "./merge.ts";
import { type Document, redacted } from "./redact.ts";
import { needsRestart } from "./restart.ts";
import { pathText } from "./source.ts";

/** A revision with what it takes to go back to it. */
export interface RevisionRow extends ConfigRevision {
  /** All that was set over REST. Holds secrets as they were given, variables not expanded. */
  readonly overlay: Changes;
  /** What ran, without secrets. */
  readonly document: Document;
}

/** A definition of a server that stands in no file; null: there is none any more. */
export interface KeptDefinition {
  readonly name: string;
  readonly definition: JsonObject | null;
  /** There was none before. */
  readonly isNew: boolean;
}

/** Where revisions are kept. Its methods reject with STORE_UNAVAILABLE while there is no database. */
export interface RevisionStore {
  /** What the newest one left behind. */
  last(): Promise<{ readonly n: number; readonly overlay: unknown; readonly document: unknown } | undefined>;
  /**
   * Stores a revision and the definitions that change with it, all or nothing, and answers its number: the row's, or the next
   * free one. Rejects with CONFIG_CONFLICT when a new name is kept already.
   */
  append(row: RevisionRow, definitions: readonly KeptDefinition[]): Promise<number>;
  /** Newest first. */
  recent(limit: number): Promise<readonly ConfigRevision[]>;
  /** The overlay of one revision; undefined when it is not kept. */
  overlay(n: number): Promise<unknown>;
}

/** Changes told of one revision. */
const MAX_CHANGES_TOLD = 200;
/** Revisions that wait for the database. */
const MAX_WAITING = 100;

/** Two documents compared, the secrets of neither shown; one that changed is told with its place. */
export function changesBetween(before: Document, after: Document): ConfigChange[] {
  const shown = { before: redacted(before), after: redacted(after) };
  return differences({ ...before }, { ...after })
    .slice(0, MAX_CHANGES_TOLD)
    .map(({ path, ...sides }) => ({
      path: pathText(path),
      ...("before" in sides ? { before: valueAt(shown.before, path) } : {}),
      ...("after" in sides ? { after: valueAt(shown.after, path) } : {}),
      needsRestart: needsRestart(path),
    }));
}

export const sameDocument = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

/** Which definitions have to be stored or removed so that these changes are kept. */
export function keptDefinitions(before: Changes, after: Changes): KeptDefinition[] {
  const names = new Set([...Object.keys(before.mcpServers), ...Object.keys(after.mcpServers)]);
  return [...names].flatMap((name): KeptDefinition[] => {
    const [old, next] = [wholeEntry(before, name), wholeEntry(after, name)];
    if (canonicalJson(old) === canonicalJson(next)) return [];
    return [{ name, definition: next, isNew: old === null }];
  });
}

function wholeEntry({ mcpServers }: Changes, name: string): JsonObject | null {
  const entry = Object.hasOwn(mcpServers, name) ? mcpServers[name] : undefined;
  return entry !== undefined && isWhole(entry) ? entry : null;
}

/** The way to the store for revisions that may have to wait for it. */
export class History {
  readonly #store: RevisionStore;
  readonly #log: Log;
  #waiting: RevisionRow[] = [];

  constructor(store: RevisionStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** Stores what waits, then this one; answers its number. Rejects with STORE_UNAVAILABLE or CONFIG_CONFLICT. */
  async append(row: RevisionRow, definitions: readonly KeptDefinition[] = []): Promise<number> {
    await this.flush();
    return this.#store.append(row, definitions);
  }

  /** Stores it now or, while the database is away, later; answers the number it has for now. Never rejects. */
  async note(row: RevisionRow): Promise<number> {
    try {
      return await this.append(row);
    } catch (err) {
      if (!isFault(err, "STORE_UNAVAILABLE"))
        this.#log.warn({ err }, "A revision of the configuration could not be stored yet");
      this.#waiting = [...this.#waiting, row].slice(-MAX_WAITING);
      return row.n;
    }
  }

  /** Stores what waits, oldest first. Rejects with STORE_UNAVAILABLE. */
  async flush(): Promise<void> {
    for (let row = this.#waiting[0]; row !== undefined; row = this.#waiting[0]) {
      await this.#store.append(row, []);
      this.#waiting = this.#waiting.slice(1);
    }
  }
}
