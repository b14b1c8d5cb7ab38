// How is the configuration shown and changed while the gateway runs? Files stay as they are; what is changed here lies over them.
import * as z from "zod";

const json = z.record(z.string(), z.unknown());

/** One value that a change sets, alters or removes. */
export const configChangeSchema = z.object({
  path: z.string().describe("As `mcpServers.files.cache.mode`."),
  before: z.unknown().optional().describe("Absent: it was not set. Secrets read `[redacted]`."),
  after: z.unknown().optional().describe("Absent: it is not set any more."),
  needsRestart: z.boolean().describe("Whether it counts only from the next start on."),
});
export type ConfigChange = z.infer<typeof configChangeSchema>;

export const configAnswerSchema = z.object({
  revision: z.number().int().describe("To be sent as `If-Match` with a change."),
  files: z.array(z.string()).describe("Absolute paths; they are never written."),
  document: json.describe(
    "What runs: `mcpServers` and `omni2`, files and changes together. Secrets read `[redacted]`.",
  ),
  changes: json.describe("The document that lies over the files: what was set here, not a list of what it altered."),
  warnings: z.array(z.string()),
});
export type ConfigAnswer = z.infer<typeof configAnswerSchema>;

/** A JSON merge patch (RFC 7396) over `changes`: null takes a value, or a whole part, back to what the file or the default says. */
export const configPatchSchema = z.strictObject({
  mcpServers: json.nullable().optional(),
  omni2: json.nullable().optional(),
});
export type ConfigPatch = z.output<typeof configPatchSchema>;

/** What a change did, or with `?dryRun=true` would do. */
export const configAppliedSchema = z.object({
  revision: z
    .number()
    .int()
    .describe("The present one: of a dry run, and where nothing changed, the one that was there."),
  changes: z.array(configChangeSchema).describe("The values that it alters in what runs, one by one; at most 200."),
  warnings: z.array(z.string()),
});
export type ConfigApplied = z.infer<typeof configAppliedSchema>;

export const CONFIG_SOURCES = ["start", "file", "rest", "rollback"] as const;
export type ConfigSource = (typeof CONFIG_SOURCES)[number];

export const configRevisionSchema = z.object({
  n: z.number().int().describe("Numbers grow over restarts."),
  at: z.number().describe("Milliseconds since 1970."),
  by: z
    .string()
    .describe("The principal; `file` where a file was edited, `gateway` at a start that found something new."),
  source: z
    .enum(CONFIG_SOURCES)
    .describe(
      "`start`: what a start found; `file`: an edit; `rest`: a change; `rollback`: an earlier revision's changes.",
    ),
  changes: z
    .array(configChangeSchema)
    .describe("The values that it altered against the revision before, one by one; at most 200."),
});
export type ConfigRevision = z.infer<typeof configRevisionSchema>;

export const revisionsQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(50).describe("At most so many, newest first. Default 50."),
});

export const dryRunQuerySchema = z.strictObject({
  dryRun: z.enum(["true", "false"]).default("false").describe("Whether only to tell what would happen. Default false."),
});
