// Which fields does a schema not know, and which known name was probably meant? Pure.
import * as z from "zod";
import { isObject } from "#lib/json.ts";
import type { Path } from "./source.ts";

export interface UnknownField {
  readonly path: Path;
  readonly name: string;
  readonly nearest: string | undefined;
}

/** Every field of `value` that `schema` has no place for, at any depth. What has the wrong type is not looked into. */
export function unknownFields(value: unknown, schema: z.ZodType, path: Path = []): UnknownField[] {
  if (!isObject(value)) return [];
  const inner = withoutWrappers(schema);
  if (inner instanceof z.ZodUnion) {
    const object = inner.options.find((option) => option instanceof z.ZodObject);
    return object === undefined ? [] : unknownFields(value, object, path);
  }
  if (inner instanceof z.ZodRecord) {
    const member = inner.valueType as z.ZodType;
    return Object.entries(value).flatMap(([key, item]) => unknownFields(item, member, [...path, key]));
  }
  if (!(inner instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.ZodType>> = inner.shape;
  return Object.entries(value).flatMap(([name, item]): UnknownField[] => {
    const known = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (known !== undefined) return unknownFields(item, known, [...path, name]);
    return [{ path: [...path, name], name, nearest: nearest(name, Object.keys(shape)) }];
  });
}

function withoutWrappers(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? withoutWrappers(schema.unwrap() as z.ZodType) : schema;
}

/** The candidate with the fewest letters to change, if at most a third of them (and at most 3) differ. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > 64) return undefined;
  let best: string | undefined;
  let fewest = Math.min(3, Math.max(1, Math.floor(name.length / 3))) + 1;
  for (const candidate of candidates) {
    const distance = levenshtein(name.toLowerCase(), candidate.toLowerCase());
    if (distance < fewest) [best, fewest] = [candidate, distance];
  }
  return best;
}

function levenshtein(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = (above[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(changed, (above[column] as number) + 1, (current[column - 1] as number) + 1));
    }
    above = current;
  }
  return above[b.length] as number;
}
