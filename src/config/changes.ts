// What may lie over the files, and how does it come to lie there? Pure. A server of a file is tuned, never redefined; the `omni2`
// block is changed but for what only a file may say.
import { type Omni2Block, omni2BlockSchema, serverEntrySchema } from "#contract/config.ts";
import { Fault } from "#contract/fault.ts";
import { canonicalJson, isObject, type JsonObject } from "#lib/json.ts";
import type { Definitions } from "./definitions.ts";
import { toNote } from "./entry.ts";
import type { Issue } from "./issue.ts";
import { withoutEmpty } from "./merge.ts";
import type { Document } from "./redact.ts";
import { pathText } from "./source.ts";
import { URL_FIELDS } from "./transport.ts";
import { unknownFields } from "./unknown.ts";

/** Whole entries of servers that stand in no file, parts of entries of servers that do, and part of the `omni2` block. */
export type Changes = Document;

export const NO_CHANGES: Changes = { mcpServers: {}, omni2: {} };

const FILE_ONLY_BLOCKS = ["access", "chaos"] as const;
const DEFINING = ["command", ...URL_FIELDS] as const;

const tuningSchema = serverEntrySchema.pick({
  description: true,
  trusted: true,
  timeoutMs: true,
  tools: true,
  health: true,
  breaker: true,
  limits: true,
  cache: true,
});

/** Whether an entry says how to reach its server: then it is one of its own. */
export const isWhole = (entry: JsonObject): boolean => DEFINING.some((field) => Object.hasOwn(entry, field));

/** The changes that a stored or patched value holds; what is no object is left out. */
export function changesOf(value: unknown): Changes {
  const { mcpServers, omni2 } = isObject(value) ? value : {};
  const entries = Object.entries(isObject(mcpServers) ? mcpServers : {}).flatMap(
    ([name, entry]): [string, JsonObject][] =>
      isObject(entry) ? [[name, isWhole(entry) ? entry : withoutEmpty(entry)]] : [],
  );
  return {
    mcpServers: Object.fromEntries(entries.filter(([, entry]) => Object.keys(entry).length > 0)),
    omni2: withoutEmpty(isObject(omni2) ? omni2 : {}),
  };
}

/** What can lie over these files now. */
export interface Laid {
  readonly tuning: Readonly<Record<string, JsonObject>>;
  readonly omni2: Omni2Block;
  /** Why the rest cannot. */
  readonly left: readonly Issue[];
}

/** Takes what fits and leaves the rest out, member by member: a newer file or version must not keep the gateway from starting. */
export function laidOver({ mcpServers, omni2 }: Changes, { places }: Definitions): Laid {
  const left: Issue[] = [];
  const fitting = (
    given: JsonObject,
    schema: typeof tuningSchema | typeof omni2BlockSchema,
    path: string,
  ): JsonObject => {
    const members = Object.entries(given).filter(([key, value]) => {
      const member = Object.hasOwn(schema.shape, key) ? schema.shape[key as never] : undefined;
      const fits =
        member !== undefined && isAllowed(path, key) && (member as typeof tuningSchema).safeParse(value).success;
      if (!fits)
        left.push({ path: `${path}.${key}`, message: "changed over REST, but does not fit any more; left out" });
      return fits;
    });
    return Object.fromEntries(members);
  };
  const tuning = Object.entries(mcpServers).flatMap(([name, entry]): [string, JsonObject][] => {
    const path = `mcpServers.${name}`;
    const place = places.get(name);
    if (place !== undefined && !isWhole(entry)) return [[name, fitting(entry, tuningSchema, path)]];
    if (place !== undefined) left.push({ path, message: `added over REST and also defined in ${place}, which wins` });
    else if (!isWhole(entry))
      left.push({ path, message: "changed over REST, but no file defines it any more; left out" });
    return [];
  });
  return { tuning: Object.fromEntries(tuning), omni2: fitting(omni2, omni2BlockSchema, "omni2"), left };
}

const isAllowed = (path: string, key: string): boolean =>
  path !== "omni2" || !(FILE_ONLY_BLOCKS as readonly string[]).includes(key);

/** A part of an entry as it may be kept: without what only repeats the file. Throws FORBIDDEN for what only a file may say. */
export function tuningOf(name: string, entry: JsonObject, files: Definitions): JsonObject {
  const own: JsonObject = { ...files.document.servers[name] };
  const place = files.places.get(name) ?? "a file";
  const kept = Object.entries(entry).filter(([field, value]) => {
    if (Object.hasOwn(tuningSchema.shape, field) || !Object.hasOwn(serverEntrySchema.shape, field)) return true;
    if (canonicalJson(own[field]) === canonicalJson(value)) return false;
    const meanwhile = field === "enabled" ? " To stop or start it meanwhile, use disable and enable." : "";
    const message = `Server "${name}" is defined in ${place}; its \`${field}\` can only be changed there. Nothing was changed.${meanwhile}`;
    throw new Fault("FORBIDDEN", message, { server: name });
  });
  return Object.fromEntries(kept);
}

/** The same for the `omni2` block. */
export function blockOf(omni2: JsonObject, { document, files }: Definitions): JsonObject {
  const own: JsonObject = { ...document.omni2 };
  const kept = Object.entries(omni2).filter(([key, value]) => {
    if (isAllowed("omni2", key)) return true;
    if (canonicalJson(own[key]) === canonicalJson(value)) return false;
    const message = `\`omni2.${key}\` can only be changed in a file, such as ${files[0]?.file ?? "omni2.json"}. Nothing was changed.`;
    throw new Fault("FORBIDDEN", message);
  });
  return Object.fromEntries(kept);
}

/** Everything wrong with a part of an entry; a field that nobody knows is wrong here, because nothing would ever read it. */
export const tuningIssues = (name: string, entry: JsonObject): Issue[] =>
  issuesIn(entry, tuningSchema, ["mcpServers", name]);

export const blockIssues = (omni2: JsonObject): Issue[] => issuesIn(omni2, omni2BlockSchema, ["omni2"]);

function issuesIn(value: JsonObject, schema: typeof tuningSchema | typeof omni2BlockSchema, path: string[]): Issue[] {
  const unknown = unknownFields(value, schema, path).map(({ path: at, nearest }) => ({
    path: pathText(at),
    message: nearest === undefined ? "unknown field" : `unknown field; did you mean \`${nearest}\`?`,
  }));
  const parsed = schema.safeParse(value);
  const wrong = parsed.success ? [] : parsed.error.issues.map(toNote);
  return [...unknown, ...wrong.map(({ path: at, message }) => ({ path: pathText([...path, ...at]), message }))];
}
