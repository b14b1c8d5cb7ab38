// Which fields does a tool's input schema ask for? Anything this file does not understand becomes a JSON field. Pure; never throws.

export type Schema = Readonly<Record<string, unknown>>;

interface Common {
  /** Property name; empty for the items of a list. */
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly required: boolean;
  /** The schema's default; undefined when it has none. */
  readonly initial: unknown;
}

export type Field = Common &
  (
    | { readonly kind: "text"; readonly look: "short" | "long" | "secret" }
    | { readonly kind: "number"; readonly integer: boolean; readonly min: number | null; readonly max: number | null }
    | { readonly kind: "boolean" }
    | { readonly kind: "choice"; readonly choices: readonly unknown[] }
    | { readonly kind: "list"; readonly item: Field }
    | { readonly kind: "group"; readonly fields: readonly Field[] }
    | { readonly kind: "json" }
  );

/** Deeper groups are edited as JSON. */
const MAX_DEPTH = 4;
const MAX_REFS = 8;
const SHORT_TEXT = 120;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** Follows a reference inside the same document. */
function target(root: Schema, ref: string): Schema | null {
  if (!ref.startsWith("#/")) return null;
  let at: unknown = root;
  for (const part of ref.slice(2).split("/")) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isSchema(at) && Object.hasOwn(at, key) ? at[key] : null;
  }
  return isSchema(at) ? at : null;
}

/** References followed and "or null" and single-member unions unwrapped, the outer words kept. */
function plain(root: Schema, schema: Schema, hops = 0): Schema {
  if (hops > MAX_REFS) return {};
  const { $ref, anyOf, oneOf, allOf, ...outer } = schema;
  if (typeof $ref === "string") {
    const found = target(root, $ref);
    return found ? plain(root, { ...found, ...outer }, hops + 1) : {};
  }
  const union = [anyOf, oneOf, allOf].find(Array.isArray) as readonly unknown[] | undefined;
  const members = union?.filter(isSchema).filter((member) => member.type !== "null");
  if (members?.length === 1 && members[0]) return plain(root, { ...members[0], ...outer }, hops + 1);
  return schema;
}

function typeOf(schema: Schema): string | null {
  if (!Array.isArray(schema.type)) return textOf(schema.type);
  const types = schema.type.filter((type) => type !== "null");
  return types.length === 1 ? textOf(types[0]) : null;
}

/** The values of an enumeration in any of its spellings, or null. */
function choicesOf(schema: Schema): readonly unknown[] | null {
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum;
  if ("const" in schema) return [schema.const];
  const union = schema.oneOf ?? schema.anyOf;
  if (!Array.isArray(union) || union.length === 0) return null;
  return union.every((member) => isSchema(member) && "const" in member) ? union.map((member) => member.const) : null;
}

function lookOf(schema: Schema): "short" | "long" | "secret" {
  if (schema.format === "password" || schema.writeOnly === true) return "secret";
  const limit = numberOf(schema.maxLength);
  return schema.format !== undefined || schema.pattern !== undefined || (limit !== null && limit <= SHORT_TEXT)
    ? "short"
    : "long";
}

function listOf(root: Schema, common: Common, schema: Schema): Field {
  if (!isSchema(schema.items)) return { ...common, kind: "json" };
  const item = fieldOf(root, { name: "", schema: schema.items, required: true, depth: MAX_DEPTH });
  const scalar = item.kind !== "json" && item.kind !== "list" && item.kind !== "group";
  return scalar ? { ...common, kind: "list", item } : { ...common, kind: "json" };
}

interface Spot {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
  readonly depth: number;
}

function fieldOf(root: Schema, spot: Spot): Field {
  const schema = plain(root, spot.schema);
  const common: Common = {
    name: spot.name,
    title: textOf(schema.title),
    description: textOf(schema.description),
    required: spot.required,
    initial: schema.default,
  };
  const choices = choicesOf(schema);
  if (choices) return { ...common, kind: "choice", choices };
  switch (typeOf(schema)) {
    case "string":
      return { ...common, kind: "text", look: lookOf(schema) };
    case "number":
    case "integer": {
      const [min, max] = [numberOf(schema.minimum), numberOf(schema.maximum)];
      return { ...common, kind: "number", integer: typeOf(schema) === "integer", min, max };
    }
    case "boolean":
      return { ...common, kind: "boolean" };
    case "array":
      return listOf(root, common, schema);
    case "object": {
      const fields = spot.depth < MAX_DEPTH ? propertiesOf(root, schema, spot.depth + 1) : [];
      return fields.length > 0 ? { ...common, kind: "group", fields } : { ...common, kind: "json" };
    }
    default:
      return { ...common, kind: "json" };
  }
}

function propertiesOf(root: Schema, schema: Schema, depth: number): Field[] {
  if (!isSchema(schema.properties)) return [];
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(schema.properties).map(([name, property]) =>
    fieldOf(root, { name, schema: isSchema(property) ? property : {}, required: required.has(name), depth }),
  );
}

/** The form's fields in the schema's order, or null when the arguments can only be written as JSON. */
export function fieldsOf(inputSchema: Schema): readonly Field[] | null {
  const root = plain(inputSchema, inputSchema);
  const fields = propertiesOf(inputSchema, root, 0);
  const closed = !["oneOf", "anyOf", "allOf", "patternProperties", "$ref"].some((word) => word in root);
  return fields.length > 0 || closed ? fields : null;
}
