// Which requests pass the onion, and which does the gateway answer itself? The methods that both eras share.
import type { CallKind } from "#contract/call.ts";
import { Fault } from "#contract/fault.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import type { Catalog, View } from "#upstream/catalog.ts";
import { LIST_KINDS, LISTS, type ListHints, type ListKind } from "#upstream/snapshot.ts";

/** What is called and under which name, read from a request's parameters. */
export interface Called {
  readonly kind: CallKind;
  readonly name: string;
}

const NAME_LIMIT = 4_096;

const named = (kind: CallKind, params: JsonObject, field: "name" | "uri"): Called => {
  const name = params[field];
  if (typeof name !== "string" || name === "") throw new Fault("INVALID_PARAMS", `The parameter ${field} is missing.`);
  if (name.length > NAME_LIMIT)
    throw new Fault("INVALID_PARAMS", `The parameter ${field} is longer than ${NAME_LIMIT} characters.`);
  return { kind, name };
};

function calledTool(params: JsonObject): Called {
  const args = params.arguments;
  if (args !== undefined && !isObject(args))
    throw new Fault("INVALID_PARAMS", "The tool's arguments are not an object.");
  return named("tool", params, "name");
}

function calledCompletion(params: JsonObject): Called {
  const { ref } = params;
  if (!isObject(ref)) throw new Fault("INVALID_PARAMS", "The parameter ref is missing.");
  return named("completion", ref, ref.type === "ref/resource" ? "uri" : "name");
}

/** The requests that go to one upstream. A Map, because callers choose the key: an object would also know `constructor`. */
export const CALLED: ReadonlyMap<string, (params: JsonObject) => Called> = new Map([
  ["tools/call", calledTool],
  ["prompts/get", (params: JsonObject) => named("prompt", params, "name")],
  ["resources/read", (params: JsonObject) => named("resource", params, "uri")],
  ["completion/complete", calledCompletion],
]);

/** The requests that the catalog answers. */
export const LISTED: ReadonlyMap<string, ListKind> = new Map(LIST_KINDS.map((kind) => [LISTS[kind].method, kind]));

export interface ListAnswer {
  /** The result's members as JSON text, without the braces. */
  readonly members: string;
  readonly hints: ListHints;
}

/** One whole list: pages of upstreams are already joined, so no cursor was ever given out. */
export function answerList(
  catalog: Catalog,
  { view, kind, params }: { view: View; kind: ListKind; params: JsonObject },
): ListAnswer {
  if (params.cursor !== undefined)
    throw new Fault("INVALID_PARAMS", "The cursor is unknown: lists are answered whole.");
  const { text, hints } = catalog.list(view, kind);
  return { members: `"${kind}":${text}`, hints };
}

export const unknownMethod = (method: string): Fault =>
  new Fault("METHOD_NOT_FOUND", `Method not found: ${method.slice(0, 100)} is not served by this gateway.`);
