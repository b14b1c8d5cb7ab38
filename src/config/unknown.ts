// Which fields does a schema not know, and which known name was probably meant? Pure.
import * as z from "zod";
import { isObject } from "#lib/json.ts";
import { nearest } from "./nearest.ts";
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
