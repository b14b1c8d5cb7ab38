// How do other MCP clients write a server's entry? Their words become ours, so that their files work unchanged. Pure.
import { isObject, type JsonObject } from "#lib/json.ts";
import type { Path } from "./source.ts";

/** Something worth telling about one field, relative to the entry. */
export interface Note {
  readonly path: Path;
  readonly message: string;
}

export interface ClientEntry {
  /** The entry in our own words. */
  readonly fields: JsonObject;
  readonly notes: readonly Note[];
}

/** Fields that only concern the client itself; each with what it does there. */
const CLIENT_ONLY: Readonly<Record<string, string>> = {
  autoApprove: "approval in the client",
  alwaysAllow: "approval in the client",
  trust: "approval in the client; the field `trusted` is about a server's annotations",
  gallery: "a mark of VS Code",
  version: "a mark of VS Code",
  dev: "development mode of VS Code",
  oauth: "sign-in by the client; give a credential in headers",
  auth: "sign-in by the client; give a credential in headers",
  headersHelper: "a program of the client; give the header itself",
  envFile: "not read; give the values in env",
};

const TYPE_WORDS: Readonly<Record<string, string>> = {
  streamableHttp: "http",
  streamablehttp: "http",
  streamable_http: "http",
  "http-stream": "http",
};

/** Another name of one of our fields, with how its value is read. */
interface Alias {
  readonly field: string;
  readonly said: string;
  read(value: unknown, fields: JsonObject): unknown;
}

const same = (value: unknown): unknown => value;
const inTools =
  (list: "allow" | "deny") =>
  (value: unknown, fields: JsonObject): unknown => ({ ...(isObject(fields.tools) ? fields.tools : {}), [list]: value });

const ALIASES: Readonly<Record<string, Alias>> = {
  transport: { field: "type", said: "read as `type`", read: same },
  transportType: { field: "type", said: "read as `type`", read: same },
  environment: { field: "env", said: "read as `env`", read: same },
  http_headers: { field: "headers", said: "read as `headers`", read: same },
  disabledTools: { field: "tools", said: "read as `tools.deny`", read: inTools("deny") },
  excludeTools: { field: "tools", said: "read as `tools.deny`", read: inTools("deny") },
  includeTools: { field: "tools", said: "read as `tools.allow`", read: inTools("allow") },
};

/** Translates one entry. Our own field wins over its alias; nothing is checked here. */
export function readClientEntry(raw: JsonObject): ClientEntry {
  const fields: JsonObject = { ...raw };
  const notes: Note[] = [];
  const note = (name: string, message: string): void => {
    notes.push({ path: [name], message });
  };
  for (const [name, why] of Object.entries(CLIENT_ONLY)) {
    if (take(fields, name) !== undefined) note(name, `ignored: ${why}`);
  }
  for (const [name, alias] of Object.entries(ALIASES)) {
    const value = take(fields, name);
    if (value === undefined) continue;
    const given = alias.field !== "tools" && Object.hasOwn(raw, alias.field);
    if (!given) fields[alias.field] = alias.read(value, fields);
    note(name, given ? `ignored: \`${alias.field}\` is given too` : alias.said);
  }
  readTimeout(fields, note);
  readDisabled(fields, note);
  readType(fields, note);
  return { fields, notes };
}

type Say = (name: string, message: string) => void;

// Cline and Roo count seconds (at most 3600), Gemini CLI milliseconds.
function readTimeout(fields: JsonObject, note: Say): void {
  const value = fields.timeout;
  if (typeof value !== "number" || value <= 0 || fields.timeoutMs !== undefined) return;
  const timeoutMs = Math.min(Math.round(value <= 3_600 ? value * 1_000 : value), 600_000);
  take(fields, "timeout");
  fields.timeoutMs = timeoutMs;
  note("timeout", `read as \`timeoutMs\`: ${timeoutMs}`);
}

function readDisabled(fields: JsonObject, note: Say): void {
  if (typeof fields.disabled !== "boolean") return;
  const disabled = take(fields, "disabled") === true;
  if (fields.enabled === undefined) fields.enabled = !disabled;
  else if (fields.enabled === disabled) note("disabled", "ignored: `enabled` says otherwise");
}

function readType(fields: JsonObject, note: Say): void {
  const word = typeof fields.type === "string" ? TYPE_WORDS[fields.type] : undefined;
  if (word === undefined) return;
  note("type", `"${String(fields.type)}" is read as "${word}"`);
  fields.type = word;
}

function take(fields: JsonObject, name: string): unknown {
  const value = fields[name];
  delete fields[name];
  return value;
}
