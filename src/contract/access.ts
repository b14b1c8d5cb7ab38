// Who may ask, with what right, and what did they do? Keys for people and programs, and the rows of the audit log.
import * as z from "zod";

/** Weakest first: looking; steering servers, calling tools and clearing the cache; changing what is configured and who may ask. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

const at = z.number().describe("Milliseconds since 1970.");

export const keyNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, "use letters, digits, '.', '_' and '-', at most 40 characters")
  .describe(
    "Name of the key: letters, digits, '.', '_' and '-', at most 40 characters. Its calls are of `key:<name>`.",
  );

/** A key as it is listed; the key itself is shown once, when it is made, and kept as a hash only. */
export const keyViewSchema = z.object({
  id: z.string().describe("Public: the part of the key that is no secret."),
  name: z.string(),
  role: z.enum(ROLES),
  createdAt: at,
  createdBy: z.string().describe("The principal that made it."),
  expiresAt: at.nullable().describe("Milliseconds since 1970; null: never."),
  lastUsedAt: at.nullable().describe("Milliseconds since 1970, right within a minute; null: never used."),
  revokedAt: at.nullable().describe("Milliseconds since 1970; null: it is valid until it expires."),
});
export type KeyView = z.infer<typeof keyViewSchema>;

export const keyInputSchema = z.strictObject({
  name: keyNameSchema,
  role: z.enum(ROLES).default("viewer"),
  expiresInDays: z.number().int().min(1).max(3_650).optional().describe("1 to 3650; without it the key never expires."),
});
export type KeyInput = z.output<typeof keyInputSchema>;

export const keyCreatedSchema = keyViewSchema.extend({
  key: z.string().describe("The key: `omni2_<id>_<secret>`. Nobody can show it again."),
});
export type KeyCreated = z.infer<typeof keyCreatedSchema>;

export const auditRowSchema = z.object({
  id: z.number().int(),
  at,
  principal: z.string(),
  action: z.string().describe("A verb on a noun, as `server.add`."),
  target: z.string().nullable(),
  outcome: z.string(),
  detail: z.record(z.string(), z.unknown()).describe("Free of secrets."),
});
export type AuditRow = z.infer<typeof auditRowSchema>;

export const auditQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe("Rows, 1 to 1000, newest first. Default 100."),
});
