// What follows from the files and from what was changed over REST together? Pure: the same parts always give the same configuration.
import { dirname } from "node:path";
import type { ConfigDocument, ServerEntry } from "#contract/config.ts";
import { Fault, toFault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { canonicalJson, type JsonObject } from "#lib/json.ts";
import { type Changes, isWhole, laidOver } from "./changes.ts";
import { type Definitions, readDefinitions } from "./definitions.ts";
import type { Environment } from "./expand.ts";
import type { Issue } from "./issue.ts";
import { type RestEntry, type RestRules, readRestEntry } from "./rest-entry.ts";

/** The parts; every configuration is derived from them. */
export interface ConfigParts {
  /** Read without the changes. */
  readonly fromFiles: Definitions;
  readonly changes: Changes;
}

/** What does not change while the gateway runs. */
export interface ConfigFrame {
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly env: Environment;
}

/** One state of the configuration. Definitions and document hold secrets: never log or send them. */
export interface Configuration {
  /** Those of the files first, then those added over REST. */
  readonly definitions: readonly UpstreamDefinition[];
  readonly document: ConfigDocument;
  /** 1 at the very first start; one more with every change that changed something, over restarts too. */
  readonly revision: number;
  readonly warnings: readonly Issue[];
}

/** Derives a configuration. A change that cannot be used (any more) is left out with a warning; it never spoils the rest. */
export function configurationOf(parts: ConfigParts, frame: ConfigFrame, revision: number): Configuration {
  const { fromFiles, changes } = parts;
  const over = laidOver(changes, fromFiles);
  const isBare = Object.keys(over.tuning).length + Object.keys(over.omni2).length === 0;
  const read = isBare ? fromFiles : readDefinitions(fromFiles.files, frame.env, over);
  const rules = restRules(read, frame);
  const left = [...over.left];
  const added = Object.entries(changes.mcpServers).flatMap(([name, entry]): RestEntry[] => {
    if (fromFiles.places.has(name) || !isWhole(entry)) return [];
    try {
      return [readRestEntry(name, entry, rules)];
    } catch (error) {
      left.push({ path: name, message: `kept but not started: ${toFault(error).message}` });
      return [];
    }
  });
  const entries = added.map(({ definition, entry }): [string, ServerEntry] => [definition.name, entry]);
  const { omni2, servers } = read.document;
  return {
    definitions: [...read.definitions, ...added.map(({ definition }) => definition)],
    document: { servers: { ...servers, ...Object.fromEntries(entries) }, omni2 },
    revision,
    warnings: [...read.warnings, ...left],
  };
}

/** Whether two states would run the same; revision and warnings do not count. */
export const sameConfiguration = (a: Configuration, b: Configuration): boolean =>
  canonicalJson([a.definitions, a.document]) === canonicalJson([b.definitions, b.document]);

/** What REST may define where this document runs. */
export function restRules({ document }: Pick<Configuration, "document">, frame: ConfigFrame): RestRules {
  const [first = "/"] = frame.files;
  const allowCommands = document.omni2.access?.allowCommands === true;
  return { allowCommands, env: frame.env, defaults: document.omni2, folder: dirname(first), file: first };
}

/** Throws CONFIG_CONFLICT when a file or REST has defined the name. */
export function requireFree(name: string, { fromFiles, changes }: ConfigParts): void {
  const place = fromFiles.places.get(name) ?? (isAdded(name, changes) ? "REST" : undefined);
  if (place === undefined) return;
  const message = `Server "${name}" was not added: the name is taken by the server defined ${place === "REST" ? "over REST" : `in ${place}`}.`;
  throw new Fault("CONFIG_CONFLICT", message, { server: name });
}

/** The changes without one entry. Throws FORBIDDEN when a file defines it, SERVER_NOT_FOUND when nothing does. */
export function withoutEntry(name: string, { fromFiles, changes }: ConfigParts): Changes {
  const place = fromFiles.places.get(name);
  if (place !== undefined) {
    const message = `Server "${name}" was not removed: it is defined in ${place}; edit it there.`;
    throw new Fault("FORBIDDEN", message, { server: name });
  }
  if (!isAdded(name, changes)) {
    throw new Fault("SERVER_NOT_FOUND", `No server "${name}" is configured; nothing was removed.`, { server: name });
  }
  return withEntry(name, undefined, changes);
}

/** The changes with another entry of that name; undefined: with none. */
export function withEntry(name: string, entry: JsonObject | undefined, changes: Changes): Changes {
  const others = Object.entries(changes.mcpServers).filter(([other]) => other !== name);
  const all = entry === undefined ? others : [...others, [name, entry] as const];
  return { ...changes, mcpServers: Object.fromEntries(all) };
}

const isAdded = (name: string, { mcpServers }: Changes): boolean =>
  Object.hasOwn(mcpServers, name) && isWhole(mcpServers[name] as JsonObject);
