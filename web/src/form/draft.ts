// What has been typed, and which arguments is that? Drafts hold text as typed; arguments are read from them only on Run. Pure.
import type { Field } from "./fields.ts";

/** Text as typed; a choice is the index of its value; an empty text is "not given". */
export type Draft = string | readonly Draft[] | { readonly [name: string]: Draft };
export type GroupDraft = Readonly<Record<string, Draft>>;

/** Problem texts by field path, such as `filter/limit` or `tags/0`. */
export type Problems = Readonly<Record<string, string>>;

export interface Collected {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: Problems;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The draft of a field that holds this value; `undefined` is the empty draft. */
export function draftOf(field: Field, value: unknown): Draft {
  switch (field.kind) {
    case "text":
      return typeof value === "string" ? value : "";
    case "number":
      return typeof value === "number" ? String(value) : "";
    case "boolean":
      return typeof value === "boolean" ? String(value) : "";
    case "choice": {
      const index = field.choices.findIndex((choice) => same(choice, value));
      return index < 0 ? "" : String(index);
    }
    case "list":
      return Array.isArray(value) ? value.map((item) => draftOf(field.item, item)) : [];
    case "group":
      return draftsOf(field.fields, value);
    case "json":
      return value === undefined ? "" : JSON.stringify(value, null, 2);
  }
}

/** The drafts of several fields; without a value every field starts from its default. */
export function draftsOf(fields: readonly Field[], value: unknown): GroupDraft {
  const given = record(value);
  return Object.fromEntries(
    fields.map((field) => [field.name, draftOf(field, value === undefined ? field.initial : given[field.name])]),
  );
}

function readNumber(field: Extract<Field, { kind: "number" }>, text: string): number | string {
  const value = Number(text);
  if (!Number.isFinite(value)) return "Write a number.";
  if (field.integer && !Number.isInteger(value)) return "Write a whole number.";
  if (field.min !== null && value < field.min) return `Write ${field.min} or more.`;
  if (field.max !== null && value > field.max) return `Write ${field.max} or less.`;
  return value;
}

/** The value of a scalar's non-empty text; a problem is said and answered with undefined. */
function readText(field: Field, text: string, say: (problem: string) => void): unknown {
  switch (field.kind) {
    case "number": {
      const value = readNumber(field, text.trim());
      return typeof value === "number" ? value : say(value);
    }
    case "boolean":
      return text === "true";
    case "choice":
      return field.choices[Number(text)];
    case "json":
      try {
        return JSON.parse(text) as unknown;
      } catch (error) {
        return say(`This is not valid JSON: ${error instanceof Error ? error.message : "it cannot be read"}.`);
      }
    default:
      return text;
  }
}

/** Where a draft stands, and how its problems are said. */
interface Spot {
  readonly path: string;
  say(path: string, problem: string): void;
}

function readList(field: Extract<Field, { kind: "list" }>, draft: Draft, { path, say }: Spot): unknown {
  const drafts = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  if (drafts.length === 0) return field.required ? [] : undefined;
  return drafts.map((item, index) => {
    const text = typeof item === "string" ? item : "";
    // An added item is meant: an empty text stays an empty text.
    if (text === "" && field.item.kind !== "text") return say(`${path}/${index}`, "Give a value or remove the item.");
    return readText(field.item, text, (problem) => say(`${path}/${index}`, problem));
  });
}

function readGroup(field: Extract<Field, { kind: "group" }>, draft: Draft, spot: Spot): unknown {
  const drafts = (typeof draft === "object" && !Array.isArray(draft) ? draft : {}) as GroupDraft;
  const untouched = field.initial === undefined && same(drafts, draftsOf(field.fields, undefined));
  if (untouched && !field.required) return undefined;
  return readAll(field.fields, drafts, { ...spot, path: `${spot.path}/` });
}

function readField(field: Field, draft: Draft, spot: Spot): unknown {
  if (field.kind === "list") return readList(field, draft, spot);
  if (field.kind === "group") return readGroup(field, draft, spot);
  const text = typeof draft === "string" ? draft : "";
  if (text === "") return field.required ? spot.say(spot.path, "This is required.") : undefined;
  return readText(field, text, (problem) => spot.say(spot.path, problem));
}

function readAll(fields: readonly Field[], drafts: GroupDraft, spot: Spot): Record<string, unknown> {
  const entries = fields.map((field) => {
    const path = spot.path + field.name;
    return [field.name, readField(field, drafts[field.name] ?? "", { ...spot, path })] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The arguments that the drafts stand for, and what is wrong with them. Fields not given are left out. */
export function collect(fields: readonly Field[], drafts: GroupDraft): Collected {
  const problems: Record<string, string> = {};
  const say = (path: string, problem: string): void => {
    problems[path] = problem;
  };
  const values = readAll(fields, drafts, { path: "", say });
  return { values, problems };
}

/** Whether the form can hold these arguments without losing any. */
export function holds(fields: readonly Field[], values: unknown): boolean {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === "object" && value !== null
        ? Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)])
        : value;
  return same(sorted(collect(fields, draftsOf(fields, values)).values), sorted(values));
}
