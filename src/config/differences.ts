// What is different between two documents? Pure. Objects are looked into; any other value is told as a whole.
import { canonicalJson, isObject, type JsonObject } from "#lib/json.ts";

/** One value that was set, altered or removed; a side that had none lacks the member. */
export interface Difference {
  readonly path: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
}

/** In the order of the later document; what is gone comes last. Neither order of keys nor how a number is written counts. */
export function differences(before: JsonObject, after: JsonObject, path: readonly string[] = []): Difference[] {
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...keys].flatMap((key): Difference[] => {
    const here = [...path, key];
    if (!Object.hasOwn(after, key)) return [{ path: here, before: before[key] }];
    if (!Object.hasOwn(before, key)) return [{ path: here, after: after[key] }];
    const [old, next] = [before[key], after[key]];
    if (isObject(old) && isObject(next)) return differences(old, next, here);
    return canonicalJson(old) === canonicalJson(next) ? [] : [{ path: here, before: old, after: next }];
  });
}
