// How is everything that an upstream offers read? Every page of every list that it announces, within bounds.
import { Fault } from "#contract/fault.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { LIST_KINDS, LISTS, type ListHints, type ListKind, NO_HINTS } from "./snapshot.ts";

/** More than this is a fault of the server: lists are held in memory and sent to models. */
const MAX_PAGES = 1_000;
const MAX_ITEMS = 10_000;

/** Sends one list request and answers its parsed result. */
export type AskList = (method: string, params: JsonObject) => Promise<JsonObject>;

export interface FetchedList {
  readonly items: readonly JsonObject[];
  readonly hints: ListHints;
}

export const announcedKinds = (capabilities: JsonObject): ListKind[] =>
  LIST_KINDS.filter((kind) => isObject(capabilities[LISTS[kind].capability]));

/** Follows `nextCursor` until it is absent; an empty string is a cursor like any other. */
export async function fetchList(server: string, kind: ListKind, ask: AskList): Promise<FetchedList> {
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  let hints: ListHints | undefined;
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const result = await ask(LISTS[kind].method, cursor === undefined ? {} : { cursor });
    // One by one: as arguments, a page of a hundred thousand would overflow the stack.
    for (const item of readItems(server, kind, result)) items.push(item);
    hints ??= readHints(result);
    const next = result.nextCursor;
    if (typeof next !== "string") return { items, hints };
    if (seen.has(next) || items.length > MAX_ITEMS) break;
    seen.add(next);
    cursor = next;
  }
  throw new Fault(
    "UPSTREAM_PROTOCOL",
    `${server} pages ${LISTS[kind].method} without an end; its lists are not used.`,
    { server },
  );
}

function readItems(server: string, kind: ListKind, result: JsonObject): JsonObject[] {
  const items = result[kind];
  if (!Array.isArray(items)) {
    throw new Fault("UPSTREAM_PROTOCOL", `${server} answered ${LISTS[kind].method} without a list of ${kind}.`, {
      server,
    });
  }
  const identity = kind === "resources" ? "uri" : kind === "resourceTemplates" ? "uriTemplate" : "name";
  return items.filter((item): item is JsonObject => isObject(item) && typeof item[identity] === "string");
}

function readHints(result: JsonObject): ListHints {
  const { ttlMs, cacheScope } = result;
  if (typeof ttlMs !== "number" || !(ttlMs >= 0)) return NO_HINTS;
  return { ttlMs, cacheScope: cacheScope === "public" ? "public" : "private" };
}
