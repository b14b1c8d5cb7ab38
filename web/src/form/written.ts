// How are a tool's arguments being written, and what do they come to? As a form or as JSON text; a swap never loses anything. Pure.
import { type Collected, collect, draftsOf, type GroupDraft, holds, type Problems } from "./draft.ts";
import type { Field } from "./fields.ts";

export type Written =
  | { readonly kind: "form"; readonly drafts: GroupDraft }
  | { readonly kind: "json"; readonly text: string };

/** The path under which a problem of the JSON text as a whole stands. */
export const WHOLE = "";

const problem = (text: string): Collected => ({ values: {}, problems: { [WHOLE]: text } });

/** The defaults as a form, or an empty object as JSON for a schema that has no form (`fields` null). */
export const begin = (fields: readonly Field[] | null): Written =>
  fields ? { kind: "form", drafts: draftsOf(fields, undefined) } : { kind: "json", text: "{}" };

/** The arguments as they would be sent, and what is wrong with them. */
export function read(fields: readonly Field[] | null, written: Written): Collected {
  if (written.kind === "form") return collect(fields ?? [], written.drafts);
  try {
    const value: unknown = written.text.trim() === "" ? {} : JSON.parse(written.text);
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return problem("Arguments are a JSON object, such as {}.");
    return { values: value as Record<string, unknown>, problems: {} };
  } catch (error) {
    return problem(`This is not valid JSON: ${error instanceof Error ? error.message : "it cannot be read"}.`);
  }
}

/** The other way of writing the same arguments; stays as it is, with a problem, when that would lose some. */
export function swap(fields: readonly Field[], written: Written): { written: Written; problems: Problems } {
  const { values, problems } = read(fields, written);
  if (written.kind === "form")
    return { written: { kind: "json", text: JSON.stringify(values, null, 2) }, problems: {} };
  if (Object.keys(problems).length > 0) return { written, problems };
  if (!holds(fields, values)) return { written, problems: { [WHOLE]: "The form has no place for all of this." } };
  return { written: { kind: "form", drafts: draftsOf(fields, values) }, problems: {} };
}
