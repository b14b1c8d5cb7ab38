// Which values on this machine are secret? Collected so that they can be taken out of everything that is shown; pure.
import type { Environment } from "#config/expand.ts";
import { isCredentialName } from "#config/secrets.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";

const MIN_VALUE_LENGTH = 8;
/** Variables that say where something is, though their names read like a credential's. */
const PLACE_NAME = /^(?:OLD)?PWD$|^XAUTHORITY$|_(?:SOCK|FILE|DIR|PATH|HOME)$/i;

/** Secrets of the definitions, of the environment by the names of its variables, and of addresses such as the database's. */
export function secretsOf(
  definitions: readonly UpstreamDefinition[],
  env: Environment,
  more: readonly (string | null)[],
): string[] {
  const variables = Object.entries(env).flatMap(([name, value = ""]) =>
    isCredentialName(name) && !PLACE_NAME.test(name) && isLong(value) ? [value] : [],
  );
  const given = more.filter((value) => value !== null);
  return [...definitions.flatMap(secretsOfOne), ...variables, ...given.flatMap((value) => [...inAddress(value)])];
}

function secretsOfOne({ transport }: UpstreamDefinition): string[] {
  if (transport.kind === "stdio") return [...namedValues(transport.env), ...inArguments(transport.args)];
  const headers = Object.values(transport.headers).flatMap((value) => [value, value.replace(/^\w+\s+/, "")]);
  return [...headers.filter(isLong), ...inAddress(transport.url)];
}

/** A variable's value is secret by its name; else unless it reads like a path, a word or a number, which would blot out too much. */
const namedValues = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env).flatMap(([name, value]) =>
    isCredentialName(name) || (isLong(value) && !/^[./~]|^[A-Za-z]+$|^\d+$/.test(value)) ? [value] : [],
  );

const isLong = (value: string): boolean => value.length >= MIN_VALUE_LENGTH;

const inArguments = (args: readonly string[]): string[] =>
  args.flatMap((arg, at) => {
    const [, name = "", value = ""] = /^--?([\w-]+)=(.*)$/s.exec(arg) ?? [];
    const before = args[at - 1] ?? "";
    return [
      ...(isCredentialName(name) ? [value] : []),
      ...(/^--?[\w-]+$/.test(before) && isCredentialName(before) && !arg.startsWith("-") ? [arg] : []),
      ...inAddress(arg),
    ];
  });

/** User, password and query values of an address; of any other text nothing. */
function inAddress(text: string): string[] {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) return [];
  return [url.password, decoded(url.password), ...[...url.searchParams.values()].filter(isLong)].filter(
    (it) => it !== "",
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
