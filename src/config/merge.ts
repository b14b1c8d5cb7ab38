// What is left of a document when a patch lies over it? JSON merge patch (RFC 7396). Pure; alters nothing that it is given.
import { isObject, type JsonObject } from "#lib/json.ts";

/** Objects are merged member by member, null takes a member away, everything else replaces what was there. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** The same for two objects. */
export const mergeObjects = (target: JsonObject, patch: JsonObject): JsonObject =>
  mergePatch(target, patch) as JsonObject;

/** The object without members that are empty objects or hold nothing else. */
export function withoutEmpty(value: JsonObject): JsonObject {
  const kept = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    if (!isObject(member)) return [[key, member]];
    const inner = withoutEmpty(member);
    return Object.keys(inner).length === 0 ? [] : [[key, inner]];
  });
  return Object.fromEntries(kept);
}

/** What stands at the path; undefined when nothing does. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const key of path) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}
