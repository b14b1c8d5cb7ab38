// What do docs/config.md and docs/config.schema.json say? Generated from the schema's own texts, so that they cannot disagree.
import * as z from "zod";
import { configDocumentSchema, omni2BlockSchema, serverEntrySchema } from "#contract/config.ts";

/** One row: a field by its dotted name within its table. */
interface FieldRow {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

const INTRODUCTION = `# Configuration

*Generated from \`src/contract/config.ts\` by \`npm run docs\`; edit it there.*

A configuration is one file or several (\`--config FILE\`, repeatable): JSON with comments and trailing commas, or YAML by its
ending. It holds the \`mcpServers\` map that MCP clients write, so a client's own file works unchanged, and beside it an optional
\`omni2\` block. A running gateway takes up an edit by itself; a file that is not valid is logged in one line and changes nothing.
\`omni2 config validate [FILE...]\` checks files without a gateway and names every problem with its line. What can be changed without
touching a file, and how that is taken back, is in [changes.md](changes.md).

## Names
Letters, digits, \`.\`, \`-\` and single \`_\`, at most 40. Another name becomes a slug, with a warning. \`__\` in a name, or two
servers of one name, in one file or in several, is a problem.

## Variables
\`\${NAME}\`, \`\${env:NAME}\` and \`\${NAME:-default}\` (for a variable that is unset or empty) expand in \`command\`, \`args\`, \`env\`,
\`cwd\`, \`url\` and \`headers\`; \`\${workspaceFolder}\` is the folder of the file and \`\${userHome}\` the home folder. A variable that is
not set is a problem that names the field, unless the server is disabled. \`$\${\` writes a plain \`\${\`. What editors ask a person for
(\`\${input:...}\`) is refused: set a variable instead.

## Other clients' words
\`disabled\`, \`timeout\` (seconds up to 3600, above that milliseconds), \`transport\`, \`disabledTools\`, \`includeTools\` and \`excludeTools\`
are understood; what only concerns the client, such as \`autoApprove\`, is ignored with a warning, and so is any unknown field, with
the nearest known name.
`;

/** The text of docs/config.md. */
export function configMarkdown(): string {
  const sections = [
    ["## The document", configDocumentSchema.pick({ mcpServers: true, servers: true, omni2: true })],
    ["## A server", serverEntrySchema],
    ["## The `omni2` block", omni2BlockSchema],
  ] as const;
  const tables = sections.map(([title, schema]) => `${title}\n${table(rows(schema, "", title !== "## The document"))}`);
  return `${[INTRODUCTION, ...tables].join("\n")}\n`;
}

/** The text of docs/config.schema.json, for editors. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configDocumentSchema, { io: "input" });
  return `${JSON.stringify({ ...schema, title: "OMNI2 configuration" }, null, 2)}\n`;
}

function rows(schema: z.ZodObject, prefix: string, deep: boolean): FieldRow[] {
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).flatMap(([field, wrapped]): FieldRow[] => {
    const name = prefix + field;
    const inner = unwrapped(wrapped);
    const row = { name, type: typeText(inner), text: wrapped.description ?? "" };
    return inner instanceof z.ZodObject && deep ? [row, ...rows(inner, `${name}.`, deep)] : [row];
  });
}

const unwrapped = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional ? unwrapped(schema.unwrap() as z.ZodType) : schema;

const cell = (text: string): string => text.replaceAll("|", "\\|");

const table = (all: readonly FieldRow[]): string =>
  ["| field | type | meaning |", "|---|---|---|"]
    .concat(all.map(({ name, type, text }) => `| \`${name}\` | ${cell(type)} | ${cell(text)} |`))
    .join("\n")
    .concat("\n");

function typeText(schema: z.ZodType): string {
  if (schema instanceof z.ZodEnum) return schema.options.map((word) => `\`${String(word)}\``).join(", ");
  if (schema instanceof z.ZodArray) return `list of ${typeText(schema.element as z.ZodType)}`;
  if (schema instanceof z.ZodRecord) return `map of ${typeText(schema.valueType as z.ZodType)}`;
  if (schema instanceof z.ZodObject) return "object";
  if (schema instanceof z.ZodBoolean) return "true or false";
  if (schema instanceof z.ZodNumber) return "whole number";
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => typeText(option as z.ZodType)).join(" or ");
  return schema instanceof z.ZodLiteral ? `\`"${String(schema.value)}"\`` : "text";
}
