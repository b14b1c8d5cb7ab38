// What does `key=value` on the command line mean to a tool? Its input schema says. Pure.
import { Fault } from "#contract/fault.ts";
import { isObject, type JsonObject } from "#lib/json.ts";

/** The tool's arguments: those of `--args`, then each `key=value` typed by the schema. Throws USAGE naming the key. */
export function toolArguments(pairs: readonly string[], json: string | undefined, schema: JsonObject): JsonObject {
  const given = json === undefined ? {} : parseObject(json);
  const typed = pairs.map((pair): [string, unknown] => {
    const at = pair.indexOf("=");
    if (at < 1) throw new Fault("USAGE", `Write arguments as key=value, or all of them as --args '{"key": "value"}'.`);
    const key = pair.slice(0, at);
    return [key, typedValue(key, pair.slice(at + 1), typesOf(schema, key))];
  });
  return { ...given, ...Object.fromEntries(typed) };
}

function parseObject(json: string): JsonObject {
  const value = parseJson(json);
  if (isObject(value)) return value;
  throw new Fault("USAGE", `--args must be a JSON object, such as '{"path": "."}'.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// The JSON types that the schema allows for a key; empty when it does not say.
function typesOf(schema: JsonObject, key: string): readonly string[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
  return allowedTypes(property);
}

function allowedTypes(schema: unknown): readonly string[] {
  if (!isObject(schema)) return [];
  const stated = [schema.type].flat().filter((type) => typeof type === "string");
  const branches = [schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const members = Array.isArray(schema.enum) ? schema.enum.map(jsonType) : [];
  return stated.length > 0 ? stated : [...branches.flatMap((branch) => allowedTypes(branch)), ...members];
}

function typedValue(key: string, text: string, types: readonly string[]): unknown {
  if (types.length === 0) return text;
  const value = parseJson(text);
  const type = value === undefined ? undefined : jsonType(value);
  if (type !== undefined && type !== "string" && types.some((allowed) => fits(value, type, allowed))) return value;
  if (types.includes("string")) return text;
  throw new Fault("USAGE", `${key} must be ${types.map(typeWords).join(" or ")}.`);
}

const fits = (value: unknown, type: string, allowed: string): boolean =>
  type === allowed || (allowed === "integer" && Number.isInteger(value));

function jsonType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

const WORDS: Readonly<Record<string, string>> = {
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "a JSON object",
  array: "a JSON array",
};

const typeWords = (type: string): string => WORDS[type] ?? type;
