// How is a server reached, judging by its entry? Expands variables and resolves paths; collects problems, never throws.
import { isAbsolute, resolve } from "node:path";
import type { ServerEntry } from "#contract/config.ts";
import type { TransportDefinition } from "#contract/upstream.ts";
import type { Note } from "./clients.ts";
import { expand, type VariableScope } from "./expand.ts";
import type { Path } from "./source.ts";

export interface TransportPlace {
  /** Absolute; what relative paths count from. */
  readonly folder: string;
  readonly scope: VariableScope;
}

export interface TransportReading {
  /** Undefined when there are problems. */
  readonly transport: TransportDefinition | undefined;
  readonly problems: readonly Note[];
  readonly notes: readonly Note[];
}

/** Words of clients for a remote server's address. */
export const URL_FIELDS = ["url", "serverUrl", "httpUrl"] as const;
const STDIO_FIELDS = ["args", "env", "cwd"] as const;
// `$NAME` alone: some clients expand it.
const BARE_REFERENCE = /^\$[A-Za-z_][A-Za-z0-9_]*$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Control characters but the tab would end a header early.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HEADER_VALUE_TRAP = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** Reads command or URL of an entry whose field types have been checked. */
export function readTransport(entry: ServerEntry, place: TransportPlace): TransportReading {
  const problems: Note[] = [];
  const notes: Note[] = [];
  const problem = (path: Path, message: string): void => {
    problems.push({ path, message });
  };
  const text = (value: string, path: Path): string => {
    if (BARE_REFERENCE.test(value))
      notes.push({ path, message: `is taken as it is; to expand it, write \${${value.slice(1)}}` });
    const expansion = expand(value, place.scope);
    if (!expansion.ok) for (const message of expansion.problems) problem(path, message);
    const expanded = expansion.ok ? expansion.text : value;
    if (expanded.includes("\0")) problem(path, "holds a NUL character");
    return expanded;
  };
  const form = formOf(entry, problem);
  if (form === undefined) return { transport: undefined, problems, notes };
  const transport =
    form.kind === "stdio"
      ? stdio(entry, form.command, { ...place, text, problem })
      : remote(entry, form, { text, problem });
  return {
    transport: problems.length === 0 ? transport : undefined,
    problems,
    notes: [...notes, ...misplaced(entry, form.kind)],
  };
}

type Problem = (path: Path, message: string) => void;
type Text = (value: string, path: Path) => string;

type Form =
  | { readonly kind: "stdio"; readonly command: string }
  | { readonly kind: "remote"; readonly field: string; readonly url: string };

function formOf(entry: ServerEntry, problem: Problem): Form | undefined {
  const urls = URL_FIELDS.flatMap((field) => (entry[field] === undefined ? [] : [{ field, url: entry[field] }]));
  const [first] = urls;
  if (entry.command !== undefined && first !== undefined) {
    problem([], `has both command and ${first.field}; keep one`);
  } else if (urls.some(({ url }) => url !== first?.url)) {
    problem([], `has several different addresses (${urls.map(({ field }) => field).join(", ")}); keep one`);
  } else if (entry.command !== undefined) {
    if (entry.type === undefined || entry.type === "stdio") return { kind: "stdio", command: entry.command };
    problem(["type"], `"${entry.type}" needs a url, but a command is given`);
  } else if (first !== undefined) {
    if (entry.type !== "stdio") return { kind: "remote", ...first };
    problem(["type"], `"stdio" needs a command, but ${first.field} is given`);
  } else if (entry.type === undefined) {
    problem([], "needs a command (a local program) or a url (a remote server)");
  } else problem([], entry.type === "stdio" ? 'type "stdio" needs a command' : `type "${entry.type}" needs a url`);
  return undefined;
}

function stdio(
  entry: ServerEntry,
  given: string,
  { folder, text, problem }: { folder: string; text: Text; problem: Problem },
): TransportDefinition {
  const command = text(given, ["command"]);
  if (command.trim() === "") problem(["command"], "is empty");
  const env = Object.entries(entry.env ?? {}).map(([name, value]): [string, string] => {
    if (name === "" || /[=\0]/.test(name)) problem(["env", name], "is not a name for a variable");
    return [name, text(value, ["env", name])];
  });
  return {
    kind: "stdio",
    command: /[/\\]/.test(command) && !isAbsolute(command) ? resolve(folder, command) : command,
    args: (entry.args ?? []).map((arg, index) => text(arg, ["args", index])),
    env: Object.fromEntries(env),
    cwd: resolve(folder, text(entry.cwd ?? ".", ["cwd"])),
  };
}

function remote(
  entry: ServerEntry,
  form: { field: string; url: string },
  { text, problem }: { text: Text; problem: Problem },
): TransportDefinition {
  const before = form.url;
  const expanded = text(before, [form.field]);
  const url = URL.parse(expanded);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    problem([form.field], "is not an http or https address");
  } else if (url.username !== "" || url.password !== "") {
    problem([form.field], "holds a user name or password; send credentials in headers");
  }
  const headers = Object.entries(entry.headers ?? {}).map(([name, value]): [string, string] => {
    const expandedValue = text(value, ["headers", name]);
    if (!HEADER_NAME.test(name)) problem(["headers", name], "is not a name for a header");
    if (HEADER_VALUE_TRAP.test(expandedValue)) problem(["headers", name], "holds a line break or control character");
    return [name, expandedValue];
  });
  const common = { url: url?.href ?? expanded, headers: Object.fromEntries(headers) };
  if (entry.type === "sse") return { kind: "sse", ...common };
  return { kind: "http", ...common, sseFallback: entry.type === undefined };
}

function misplaced(entry: ServerEntry, kind: Form["kind"]): Note[] {
  const fields: readonly (keyof ServerEntry)[] = kind === "stdio" ? ["headers"] : STDIO_FIELDS;
  const why = kind === "stdio" ? "a local program has no headers" : "only a command has it";
  return fields.flatMap((field) => (entry[field] === undefined ? [] : [{ path: [field], message: `ignored: ${why}` }]));
}
