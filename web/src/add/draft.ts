// How does a server's entry become a form, and the form an entry? Fields without a place in the form are carried along unchanged. Pure.
import { isObject, type JsonObject } from "../json/merge.ts";

export const KINDS = ["auto", "http", "sse", "stdio"] as const;
export type Kind = (typeof KINDS)[number];

/** A header or a variable of the environment. */
export interface Pair {
  readonly name: string;
  readonly value: string;
}

export interface Draft {
  readonly name: string;
  readonly kind: Kind;
  readonly url: string;
  readonly command: string;
  /** One argument in each line. */
  readonly args: string;
  readonly headers: readonly Pair[];
  readonly env: readonly Pair[];
  /** What else the entry said. */
  readonly rest: JsonObject;
}

export const EMPTY: Draft = {
  name: "",
  kind: "auto",
  url: "",
  command: "",
  args: "",
  headers: [],
  env: [],
  rest: {},
};

const HTTP_WORDS: ReadonlySet<unknown> = new Set(["http", "streamable-http", "streamableHttp", "streamable_http"]);

const isLine = (value: unknown): value is string => typeof value === "string" && value !== "" && !value.includes("\n");

/** Null where the form could not show them without changing them. */
function linesOf(value: unknown): string | null {
  return Array.isArray(value) && value.every((arg) => isLine(arg) && arg.trim() === arg) ? value.join("\n") : null;
}

function pairsOf(value: unknown): Pair[] | null {
  if (!isObject(value)) return null;
  const pairs = Object.entries(value);
  if (pairs.some(([, one]) => isObject(one) || Array.isArray(one) || one === null)) return null;
  return pairs.map(([name, one]) => ({ name, value: String(one) }));
}

function kindOf({ command, type }: JsonObject): Kind {
  if (typeof command === "string") return "stdio";
  if (type === "sse") return "sse";
  return HTTP_WORDS.has(type) ? "http" : "auto";
}

export function draftOf(name: string, entry: JsonObject): Draft {
  const kind = kindOf(entry);
  const { type: _type, url, serverUrl, httpUrl, command, args, headers, env, ...rest } = entry;
  const address = [url, serverUrl, httpUrl].find((one) => typeof one === "string");
  const lines = linesOf(args);
  const shown = { headers: pairsOf(headers), env: pairsOf(env) };
  return {
    name,
    kind,
    url: typeof address === "string" ? address : "",
    command: typeof command === "string" ? command : "",
    args: lines ?? "",
    headers: shown.headers ?? [],
    env: shown.env ?? [],
    rest: {
      ...rest,
      ...(args !== undefined && lines === null ? { args } : {}),
      ...(headers !== undefined && shown.headers === null ? { headers } : {}),
      ...(env !== undefined && shown.env === null ? { env } : {}),
    },
  };
}

const objectOf = (pairs: readonly Pair[]): JsonObject =>
  Object.fromEntries(pairs.filter(({ name }) => name.trim() !== "").map(({ name, value }) => [name.trim(), value]));

/** Only what is given. */
const given = (field: string, value: JsonObject | readonly string[]): JsonObject =>
  Object.keys(value).length > 0 ? { [field]: value } : {};

/** The entry that the form says, as it would stand in a configuration file. */
export function entryOf({ kind, url, command, args, headers, env, rest }: Draft): JsonObject {
  if (kind === "stdio") {
    const lines = args.split("\n").map((line) => line.trim());
    return {
      ...rest,
      command: command.trim(),
      ...given(
        "args",
        lines.filter((line) => line !== ""),
      ),
      ...given("env", objectOf(env)),
    };
  }
  const type = kind === "auto" ? {} : { type: kind };
  return { ...rest, ...type, url: url.trim(), ...given("headers", objectOf(headers)) };
}

/** What is missing before the gateway can be asked: the field and the words, or null. */
export function missingIn({
  name,
  kind,
  url,
  command,
}: Draft): { field: "name" | "url" | "command"; words: string } | null {
  if (name.trim() === "") return { field: "name", words: "Give it a name." };
  if (kind === "stdio") return command.trim() === "" ? { field: "command", words: "Give a command." } : null;
  return url.trim() === "" ? { field: "url", words: "Give its address." } : null;
}
