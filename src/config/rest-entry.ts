// May a definition given over REST be taken, and what does it define? The bounds are narrower than a file's: https or loopback
// addresses only; commands and variables of this machine only where the configuration says so. Pure.
import type { Omni2Block, ServerEntry } from "#contract/config.ts";
import { Fault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { scopeOf } from "./definitions.ts";
import { readEntry } from "./entry.ts";
import { type Environment, hasReference } from "./expand.ts";
import { configFault, type Issue } from "./issue.ts";
import { isLoopbackHost } from "./loopback.ts";
import { isServerName } from "./names.ts";
import { pathText } from "./source.ts";

export interface RestRules {
  readonly allowCommands: boolean;
  readonly env: Environment;
  readonly defaults: Omni2Block;
  /** Absolute; relative paths count from it. */
  readonly folder: string;
  /** The file that a person would edit instead. */
  readonly file: string;
}

export interface RestEntry {
  readonly definition: UpstreamDefinition;
  /** As given, in our own words; variables not expanded. */
  readonly entry: ServerEntry;
  readonly warnings: readonly Issue[];
}

/** Reads one definition. Throws CONFIG_INVALID for what cannot be, FORBIDDEN (with the way out) for what may not be. */
export function readRestEntry(name: string, raw: JsonObject, rules: RestRules): RestEntry {
  const subject = `server "${name.slice(0, 64)}"`;
  if (!isServerName(name)) {
    const message = "use letters, digits, '.', '-' and single '_', at most 40 characters";
    throw configFault([{ path: "name", message }], subject);
  }
  if (!rules.allowCommands && holdsReference(raw)) throw variableFault(name, rules);
  const scope = scopeOf(rules.folder, rules.env);
  const { read, problems, notes } = readEntry(raw, { ...rules, scope, name, origin: "api" });
  if (read === undefined) {
    throw configFault(
      problems.map(({ path, message }) => ({ path: pathText(path), message })),
      subject,
    );
  }
  const refusal = refusalOf(read.definition, rules);
  if (refusal !== undefined) throw refusal;
  return {
    ...read,
    warnings: notes.map(({ path, message }) => ({ path: pathText(path), message })),
  };
}

function refusalOf({ name, transport }: UpstreamDefinition, rules: RestRules): Fault | undefined {
  if (transport.kind === "stdio") {
    if (rules.allowCommands) return undefined;
    return forbidden(name, "is a command of this machine, which REST may not start", rules);
  }
  const url = new URL(transport.url);
  if (url.protocol === "https:" || isLoopbackHost(url.hostname)) return undefined;
  const message = `Server "${name}" was not taken: over REST an address must be https or on this machine. Define it in ${rules.file}.`;
  return new Fault("FORBIDDEN", message, { server: name });
}

const variableFault = (name: string, rules: RestRules): Fault =>
  forbidden(name, "reads variables of this machine, which REST may not", rules);

function forbidden(name: string, why: string, rules: RestRules): Fault {
  const wayOut = `Define it in ${rules.file}, or set omni2.access.allowCommands to true there.`;
  return new Fault("FORBIDDEN", `Server "${name}" was not taken: it ${why}. ${wayOut}`, { server: name });
}

function holdsReference(value: unknown): boolean {
  if (typeof value === "string") return hasReference(value);
  return (Array.isArray(value) || isObject(value)) && Object.values(value).some(holdsReference);
}
