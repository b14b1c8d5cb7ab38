// What of a configuration may people see, and what do they mean who send it back? Pure. Secrets read `[redacted]`; whoever sends
// that back means what is kept there.
import { serverEntrySchema } from "#contract/config.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { valueAt } from "./merge.ts";
import { REDACTED, shownAddress, shownArgument, shownSecret } from "./secrets.ts";
import { URL_FIELDS } from "./transport.ts";

/** `mcpServers` and `omni2`, as a file or the changes over it hold them. */
export interface Document {
  readonly mcpServers: Readonly<Record<string, JsonObject>>;
  readonly omni2: JsonObject;
}

/** The document without secrets. */
export const redacted = ({ mcpServers, omni2 }: Document): Document => ({
  mcpServers: Object.fromEntries(Object.entries(mcpServers).map(([name, entry]) => [name, redactedEntry(entry)])),
  omni2,
});

const SECRET_MAPS: ReadonlySet<string> = new Set(["env", "headers", "environment", "http_headers"]);
const ADDRESSES: ReadonlySet<string> = new Set(URL_FIELDS);
/** Other clients' words for what is no secret, as long as no more than words, numbers and lists of them stand there. */
const FOREIGN: ReadonlySet<string> = new Set([
  "disabled",
  "timeout",
  "transport",
  "transportType",
  "disabledTools",
  "includeTools",
  "excludeTools",
]);
const OWN: ReadonlySet<string> = new Set(Object.keys(serverEntrySchema.shape));

/** One server's entry without secrets. A field that nobody knows may hold anything: its value is not shown. */
export const redactedEntry = (entry: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(entry).map(([field, value]) => [field, shownField(field, value)]));

function shownField(field: string, value: unknown): unknown {
  if (SECRET_MAPS.has(field)) {
    if (!isObject(value)) return REDACTED;
    return Object.fromEntries(Object.entries(value).map(([name, secret]) => [name, shownSecret(secret)]));
  }
  if (field === "args")
    return Array.isArray(value) ? value.map((it, at) => shownArgument(it, value[at - 1])) : REDACTED;
  if (ADDRESSES.has(field)) return typeof value === "string" ? shownAddress(value) : REDACTED;
  return OWN.has(field) || (FOREIGN.has(field) && isPlain(value)) ? value : REDACTED;
}

const isPlain = (value: unknown): boolean =>
  Array.isArray(value) ? value.every((item) => typeof item === "string") : !isObject(value);

/** A patch in which `[redacted]` stands for what is kept; `unknown` names the places where nothing is. */
export interface Restored {
  readonly patch: JsonObject;
  readonly unknown: readonly (readonly (string | number)[])[];
}

/** Puts the kept values back where they were sent as they are shown. Of several documents the first that shows the same counts. */
export function restored(patch: JsonObject, kept: readonly Document[]): Restored {
  const pairs = kept.map((raw) => ({ raw, shown: redacted(raw) }));
  const unknown: (readonly (string | number)[])[] = [];
  const walk = (value: unknown, path: readonly (string | number)[]): unknown => {
    if (Array.isArray(value)) return value.map((item, at) => walk(item, [...path, at]));
    if (isObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, walk(it, [...path, key])]));
    if (typeof value !== "string" || !value.includes(REDACTED)) return value;
    const known = pairs.find(({ shown }) => valueAt(shown, path) === value && isAfterTheSame(patch, shown, path));
    if (known !== undefined) return valueAt(known.raw, path);
    unknown.push(path);
    return value;
  };
  return { patch: walk(patch, []) as JsonObject, unknown };
}

/** What an item of a list means is told by the one before it: behind another one it is not the same secret. */
function isAfterTheSame(patch: JsonObject, shown: Document, path: readonly (string | number)[]): boolean {
  const at = path.at(-1);
  if (typeof at !== "number" || at === 0) return true;
  const before = [...path.slice(0, -1), at - 1];
  return valueAt(patch, before) === valueAt(shown, before);
}
