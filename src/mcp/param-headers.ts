// Which tool arguments are mirrored into HTTP headers (`x-mcp-header` in a modern tool's inputSchema), and do they agree?
import { Fault } from "#contract/fault.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { decodeHeaderValue, encodeHeaderValue, trimOws } from "./header-value.ts";

/** One argument that travels as `Mcp-Param-<header>` too; `path` leads through nested `properties`. */
export interface HeaderParam {
  readonly path: readonly string[];
  readonly header: string;
}

const MARK = "x-mcp-header";
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const MIRRORED_TYPES = new Set(["string", "integer", "boolean"]);

/**
 * The mirrored arguments of a tool, or undefined when an annotation is invalid: clients must then drop the tool.
 * Valid ones sit on string, integer or boolean properties reachable through `properties` alone, with unique token names.
 */
export function headerParamsOf(inputSchema: unknown): readonly HeaderParam[] | undefined {
  const found: HeaderParam[] = [];
  const names = new Set<string>();
  const visit = (schema: unknown, path: readonly string[] | null): boolean => {
    if (Array.isArray(schema)) return schema.every((member) => visit(member, null));
    if (!isObject(schema)) return true;
    if (Object.hasOwn(schema, MARK)) {
      const header = schema[MARK];
      if (path === null || path.length === 0 || !MIRRORED_TYPES.has(String(schema.type))) return false;
      if (typeof header !== "string" || !TOKEN.test(header) || names.has(header.toLowerCase())) return false;
      names.add(header.toLowerCase());
      found.push({ path, header });
    }
    return Object.entries(schema).every(([key, member]) => visitMember(key, member, path));
  };
  // Without a path: a place that `properties` alone do not lead to.
  const visitMember = (key: string, member: unknown, path: readonly string[] | null): boolean => {
    if (key === "properties" && isObject(member)) {
      return Object.entries(member).every(([name, schema]) => visit(schema, path && [...path, name]));
    }
    return DATA_KEYWORDS.has(key) || visit(member, null);
  };
  return visit(inputSchema, []) ? found : undefined;
}

// Values under these are data, not schemas: an `x-mcp-header` key inside means nothing.
const DATA_KEYWORDS = new Set([MARK, "default", "const", "enum", "examples"]);

const valueAt = (args: JsonObject, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), args);

const headerText = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value) ? String(value) : undefined;

/** The `Mcp-Param-*` headers for a call with these arguments; absent and null arguments have none. */
export function paramHeaders(params: readonly HeaderParam[], args: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { path, header } of params) {
    const text = headerText(valueAt(args, path));
    if (text !== undefined) headers[`Mcp-Param-${header}`] = encodeHeaderValue(text);
  }
  return headers;
}

/** The fault when a received `Mcp-Param-*` header is missing, malformed or disagrees with the arguments. `headers` has lower-case names. */
export function paramHeaderFault(
  params: readonly HeaderParam[],
  args: JsonObject,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Fault | undefined {
  for (const { path, header } of params) {
    const expected = headerText(valueAt(args, path));
    const received = headers[`mcp-param-${header.toLowerCase()}`];
    if (expected === undefined && received === undefined) continue;
    const decoded = typeof received === "string" ? decodeHeaderValue(trimOws(received)) : undefined;
    if (decoded !== expected) {
      return new Fault(
        "HEADER_MISMATCH",
        `Bad request: the Mcp-Param-${header} header and the argument ${path.join(".")} disagree.`,
      );
    }
  }
  return undefined;
}
