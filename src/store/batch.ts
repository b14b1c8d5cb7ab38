// How do many rows reach a statement as one parameter? As JSON that PostgreSQL accepts whatever upstreams put into it.
import { type RawBuilder, sql } from "kysely";

// PostgreSQL stores neither the character NUL nor half a surrogate pair, and one such name must not spoil a whole batch.
const UNSTORABLE = /\\u(?:0000|d[89a-f])/i;
const REPLACEMENT = "\ufffd";

/** The value as a `jsonb` parameter. */
export const jsonb = (value: unknown): RawBuilder<unknown> => sql`${storableJson(value)}::jsonb`;

/** The value as a `json` parameter: keys stay in their order. */
export const json = (value: unknown): RawBuilder<unknown> => sql`${storableJson(value)}::json`;

/** JSON text of the value, with what cannot be stored replaced by U+FFFD. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  return UNSTORABLE.test(text) ? JSON.stringify(value, (_key, member: unknown) => clean(member)) : text;
}

function clean(member: unknown): unknown {
  if (typeof member === "string") return cleanText(member);
  if (member === null || typeof member !== "object" || Array.isArray(member)) return member;
  return Object.fromEntries(Object.entries(member).map(([key, value]) => [cleanText(key), value]));
}

const cleanText = (text: string): string => text.toWellFormed().replaceAll("\0", REPLACEMENT);
