// What follows from the files and from what was added over REST together? Pure: the same parts always give the same configuration.
import { dirname } from "node:path";
import type { ConfigDocument } from "#contract/config.ts";
import { Fault, toFault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { canonicalJson, isObject, type JsonObject } from "#lib/json.ts";
import type { Definitions } from "./definitions.ts";
import type { Environment } from "./expand.ts";
import type { Issue } from "./issue.ts";
import { type RestRules, readRestEntry } from "./rest-entry.ts";

/** One definition as it was given over REST, variables not expanded. */
export interface StoredEntry {
  readonly name: string;
  readonly definition: unknown;
}

/** The parts; every configuration is derived from them. */
export interface ConfigParts {
  readonly fromFiles: Definitions;
  readonly fromStore: readonly StoredEntry[];
}

/** What does not change while the gateway runs. */
export interface ConfigFrame {
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly env: Environment;
  readonly allowCommands: boolean;
}

/** One state of the configuration. Definitions hold secrets: never log or send them. */
export interface Configuration {
  /** Those of the files first, then those added over REST. */
  readonly definitions: readonly UpstreamDefinition[];
  readonly document: ConfigDocument;
  /** 1 at start; one more with every change that changed something. */
  readonly revision: number;
  readonly warnings: readonly Issue[];
}

/** Derives a configuration. A stored entry that cannot be used (any more) is left out with a warning; it never spoils the rest. */
export function configurationOf(parts: ConfigParts, frame: ConfigFrame, revision: number): Configuration {
  const { definitions, document, warnings, places } = parts.fromFiles;
  const rules = restRules(parts.fromFiles, frame);
  const left: Issue[] = [];
  const added = parts.fromStore.flatMap(({ name, definition }): UpstreamDefinition[] => {
    const place = places.get(name);
    if (place !== undefined) {
      left.push({ path: name, message: `added over REST and also defined in ${place}, which wins` });
      return [];
    }
    try {
      return [readRestEntry(name, asEntry(definition), rules).definition];
    } catch (error) {
      left.push({ path: name, message: `kept but not started: ${toFault(error).message}` });
      return [];
    }
  });
  return { definitions: [...definitions, ...added], document, revision, warnings: [...warnings, ...left] };
}

/** Whether two states would run the same; revision and warnings do not count. */
export const sameConfiguration = (a: Configuration, b: Configuration): boolean =>
  canonicalJson([a.definitions, a.document]) === canonicalJson([b.definitions, b.document]);

/** What REST may define under these files. */
export function restRules({ document }: Definitions, frame: ConfigFrame): RestRules {
  const [first = "/"] = frame.files;
  const allowCommands = frame.allowCommands || document.omni2.access?.allowCommands === true;
  return { allowCommands, env: frame.env, defaults: document.omni2, folder: dirname(first), file: first };
}

/** Throws CONFIG_CONFLICT when a file or REST has defined the name. */
export function requireFree(name: string, { fromFiles, fromStore }: ConfigParts): void {
  const place = fromFiles.places.get(name) ?? (fromStore.some((entry) => entry.name === name) ? "REST" : undefined);
  if (place === undefined) return;
  const message = `Server "${name}" was not added: the name is taken by the server defined ${place === "REST" ? "over REST" : `in ${place}`}.`;
  throw new Fault("CONFIG_CONFLICT", message, { server: name });
}

/** The parts without one entry. Throws FORBIDDEN when a file defines it, SERVER_NOT_FOUND when nothing does. */
export function withoutEntry(name: string, parts: ConfigParts): ConfigParts {
  const place = parts.fromFiles.places.get(name);
  if (place !== undefined) {
    const message = `Server "${name}" was not removed: it is defined in ${place}; edit it there.`;
    throw new Fault("FORBIDDEN", message, { server: name });
  }
  const fromStore = parts.fromStore.filter((entry) => entry.name !== name);
  if (fromStore.length < parts.fromStore.length) return { ...parts, fromStore };
  throw new Fault("SERVER_NOT_FOUND", `No server "${name}" is configured; nothing was removed.`, { server: name });
}

const asEntry = (definition: unknown): JsonObject => (isObject(definition) ? definition : {});
