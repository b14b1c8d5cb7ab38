// Which merge patch (RFC 7396) makes one document another? Null takes a value away, so a null that is written means the same. Pure.

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const ownOf = (object: JsonObject, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);

/** Whether two JSON values say the same; the order of names does not matter. */
export function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => same(item, b[at]));
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}

/** What leads from `before` to `after` under one name: undefined where nothing has to be done. */
function step(before: unknown, after: unknown): unknown {
  if (after === undefined || after === null) return before === undefined ? undefined : null;
  if (!isObject(before) || !isObject(after)) return same(before, after) ? undefined : after;
  const patch = patchOf(before, after);
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** The smallest patch with which `patched(before, patch)` says what `after` says. */
export function patchOf(before: JsonObject, after: JsonObject): JsonObject {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const steps = names.map((name) => [name, step(ownOf(before, name), ownOf(after, name))] as const);
  return Object.fromEntries(steps.filter(([, change]) => change !== undefined));
}

/** The document after the patch. */
export function patched(document: unknown, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(isObject(document) ? document : {}));
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) merged.delete(name);
    else merged.set(name, isObject(change) ? patched(merged.get(name), change) : change);
  }
  return Object.fromEntries(merged);
}

/** Every value of a document that is no object itself, with the names that lead to it, in the document's order. */
export function leavesOf(document: JsonObject, path: readonly string[] = []): (readonly [string[], unknown])[] {
  return Object.entries(document).flatMap(([name, value]) => {
    const here = [...path, name];
    return isObject(value) && Object.keys(value).length > 0 ? leavesOf(value, here) : [[here, value] as const];
  });
}

/** Whether the names lead to something in the document. */
export function holds(document: unknown, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return document !== undefined;
  return isObject(document) && Object.hasOwn(document, name) && holds(document[name], rest);
}
