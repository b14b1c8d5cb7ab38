// Which upstreams do the configuration files define? Pure: parsed files and the environment in, definitions or all problems out.
import { basename, dirname, sep } from "node:path";
import { type ConfigDocument, MAX_SERVERS, type Omni2Block, type ServerEntry } from "#contract/config.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { checkTopLevel, mergeBlocks, readBlock } from "./block.ts";
import type { Note } from "./clients.ts";
import { readEntry } from "./entry.ts";
import type { Environment, VariableScope } from "./expand.ts";
import type { ConfigFile } from "./file.ts";
import { configFault, type Findings, type Issue, issueAt, MAX_ISSUES } from "./issue.ts";
import { readName } from "./names.ts";

export interface Definitions {
  readonly definitions: readonly UpstreamDefinition[];
  readonly document: ConfigDocument;
  readonly warnings: readonly Issue[];
  /** Where each server is written, as `file:line`, by name. */
  readonly places: ReadonlyMap<string, string>;
  readonly files: readonly ConfigFile[];
}

/** What lies over the files: checked parts of entries by server, and of the `omni2` block. */
export interface Layer {
  readonly tuning: Readonly<Record<string, JsonObject>>;
  readonly omni2: Omni2Block;
}

const NOTHING_OVER: Layer = { tuning: {}, omni2: {} };
const SERVER_MAPS = ["mcpServers", "servers"] as const;

/** Reads all files in order, and what lies over them. Throws CONFIG_INVALID with every problem of every file. */
export function readDefinitions(files: readonly ConfigFile[], env: Environment, over = NOTHING_OVER): Definitions {
  const found: Findings = { problems: [], warnings: [] };
  const objects = files.filter((file) => isDocument(file, found));
  for (const file of objects) checkTopLevel(file, found);
  const omni2 = objects
    .map((file) => readBlock(file, found))
    .concat(over.omni2)
    .reduce<Omni2Block>(mergeBlocks, {});
  const reading: Reading = { definitions: [], servers: {}, places: new Map() };
  for (const file of objects) {
    const place = { file, found, reading, defaults: omni2, tuning: over.tuning, scope: scopeOf(file.folder, env) };
    for (const map of SERVER_MAPS) readMap(map, place);
  }
  if (reading.definitions.length > MAX_SERVERS) {
    found.problems.push({ path: "mcpServers", message: `more than ${MAX_SERVERS} servers` });
  }
  const [first] = found.problems;
  if (first !== undefined) throw configFault(found.problems, first.file ?? "configuration");
  const { definitions, servers, places } = reading;
  return { definitions, document: { servers, omni2 }, warnings: found.warnings.slice(0, MAX_ISSUES), places, files };
}

interface Reading {
  readonly definitions: UpstreamDefinition[];
  readonly servers: Record<string, ServerEntry>;
  readonly places: Map<string, string>;
}

interface FilePlace {
  readonly file: ConfigFile;
  readonly found: Findings;
  readonly reading: Reading;
  readonly defaults: Omni2Block;
  readonly tuning: Layer["tuning"];
  readonly scope: VariableScope;
}

function isDocument(file: ConfigFile, found: Findings): boolean {
  if (isObject(file.value)) return true;
  found.problems.push(issueAt(file, [], 'expected an object such as {"mcpServers": {}}'));
  return false;
}

function readMap(map: (typeof SERVER_MAPS)[number], place: FilePlace): void {
  const { file, found } = place;
  const servers = (file.value as JsonObject)[map];
  if (servers === undefined) return;
  if (!isObject(servers)) {
    found.problems.push(issueAt(file, [map], "expected an object: server name to its entry"));
    return;
  }
  for (const [given, raw] of Object.entries(servers)) readServer([map, given], raw, place);
}

function readServer(path: readonly [map: string, given: string], raw: unknown, place: FilePlace): void {
  const { file, found, reading } = place;
  const named = readName(path[1]);
  if (named.kind === "refused") {
    found.problems.push(issueAt(file, path, named.message));
    return;
  }
  const { name } = named;
  if (named.kind === "slug")
    found.warnings.push(issueAt(file, path, `not a server name as it is; served as "${name}"`));
  const earlier = reading.places.get(name);
  if (earlier !== undefined) {
    found.problems.push(issueAt(file, path, `the name "${name}" is taken by the server at ${earlier}; rename one`));
    return;
  }
  reading.places.set(name, [file.file, file.lineOf(path)].join(":"));
  const over = Object.hasOwn(place.tuning, name) ? place.tuning[name] : undefined;
  const entry = readEntry(raw, { ...place, name, origin: "file", folder: file.folder, over });
  const located = ({ path: below, message }: Note): Issue => issueAt(file, [...path, ...below], message);
  found.problems.push(...entry.problems.map(located));
  found.warnings.push(...entry.notes.map(located));
  if (entry.read === undefined) return;
  reading.definitions.push(entry.read.definition);
  reading.servers[name] = entry.read.entry;
}

/** The names that editors define. In `.vscode/mcp.json` and `.cursor/mcp.json` the workspace is the folder above. */
export function scopeOf(folder: string, env: Environment): VariableScope {
  const workspace = [".vscode", ".cursor"].includes(basename(folder)) ? dirname(folder) : folder;
  const home = env.HOME ?? env.USERPROFILE;
  const builtin = {
    workspaceFolder: workspace,
    workspaceFolderBasename: basename(workspace),
    pathSeparator: sep,
    "/": sep,
    ...(home === undefined ? {} : { userHome: home }),
  };
  return { env, builtin };
}
