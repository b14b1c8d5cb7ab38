// Which servers does a pasted text name? The maps that MCP clients write, one entry of such a map, or a bare entry. Pure.
import { isObject, type JsonObject } from "../json/merge.ts";
import { type JsonRead, readJson } from "../json/read.ts";

export interface PastedEntry {
  /** Empty where the text gives none. */
  readonly name: string;
  readonly entry: JsonObject;
}

export type Pasted =
  | { readonly entries: readonly [PastedEntry, ...PastedEntry[]]; readonly problem?: undefined }
  | { readonly problem: string };

const ADDRESSES = ["url", "serverUrl", "httpUrl"];

/** The words under which clients keep their servers; VS Code's settings have them one deeper. */
const MAPS: readonly (readonly string[])[] = [["mcpServers"], ["servers"], ["mcp", "servers"], ["mcp", "mcpServers"]];

const isEntry = (value: unknown): value is JsonObject =>
  isObject(value) && [...ADDRESSES, "command"].some((field) => typeof value[field] === "string");

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);

/** A line copied from within a map has no braces of its own. */
function readLoosely(text: string): JsonRead {
  const read = readJson(text);
  if (read.problem === undefined || !text.trimStart().startsWith('"')) return read;
  const inBraces = readJson(`{${text}}`);
  return inBraces.problem === undefined ? inBraces : read;
}

function entriesIn(value: JsonObject): PastedEntry[] {
  if (isEntry(value))
    return [{ name: typeof value.name === "string" ? value.name : "", entry: without(value, "name") }];
  const map = MAPS.map((path) => at(value, path)).find(isObject) ?? value;
  return Object.entries(map).flatMap(([name, entry]) => (isEntry(entry) ? [{ name, entry }] : []));
}

const without = (object: JsonObject, left: string): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== left));

export function entriesOf(text: string): Pasted {
  const read = readLoosely(text);
  if (read.problem !== undefined) return { problem: `Line ${read.line}, column ${read.column}: ${read.problem}` };
  const [first, ...rest] = isObject(read.value) ? entriesIn(read.value) : [];
  if (first) return { entries: [first, ...rest] };
  return { problem: "No server is in this text: an entry has a command or a url." };
}
