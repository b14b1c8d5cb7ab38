// Are two answers the same, seen through one of the gateway's two views of a server?
// Allowed to differ: `_meta` keys of ours, and what only the envelope of the modern era carries.
import assert from "node:assert/strict";
import { isObject, type JsonObject } from "#lib/json.ts";
import { mapUri, unmapUri } from "#mcp/uris.ts";
import type { Asker, Question } from "./asker.ts";

/** How a view names a server's things: what it asks for one of ours, and what its answer means in the server's own names. */
export interface View {
  question(question: Question): Question;
  answer(answer: JsonObject): JsonObject;
}

/** `/mcp/<server>`: names and URIs are exactly the server's own. */
export const ownView: View = { question: (question) => question, answer: (answer) => answer };

/** `/mcp`: `<server>__<name>`, and URIs mapped reversibly. */
export function aggregateView(server: string): View {
  const prefix = `${server}__`;
  const named = (params: JsonObject): JsonObject => ({
    ...params,
    ...(typeof params.name === "string" && { name: prefix + params.name }),
    ...(typeof params.uri === "string" && { uri: mapUri(server, params.uri) }),
    ...(isObject(params.ref) && { ref: named(params.ref) }),
  });
  const isOurs = (item: JsonObject): boolean => {
    const uri = item.uri ?? item.uriTemplate;
    return typeof uri === "string" ? unmapUri(uri)?.server === server : String(item.name).startsWith(prefix);
  };
  return {
    question: (question) => ({ ...question, params: named(question.params) }),
    answer(answer) {
      const next = { ...answer };
      for (const kind of ["tools", "prompts", "resources", "resourceTemplates"]) {
        if (Array.isArray(next[kind])) next[kind] = next[kind].filter(isOurs).map((item) => ownName(item, prefix));
      }
      return ownUris(next) as JsonObject;
    },
  };
}

const ownName = (item: JsonObject, prefix: string): JsonObject =>
  String(item.name).startsWith(prefix) ? { ...item, name: String(item.name).slice(prefix.length) } : item;

/** Takes the mapping off every URI, at any depth. */
function ownUris(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ownUris);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      (key === "uri" || key === "uriTemplate") && typeof inner === "string"
        ? (unmapUri(inner)?.uri ?? inner)
        : ownUris(inner),
    ]),
  );
}

const ENVELOPE_META = "io.modelcontextprotocol/serverInfo";
const ENVELOPE_FIELDS = ["resultType", "ttlMs", "cacheScope"];

function withoutEnvelope(answer: JsonObject): JsonObject {
  const { _meta, ...rest } = answer;
  for (const field of ENVELOPE_FIELDS) delete rest[field];
  const meta = Object.entries(isObject(_meta) ? _meta : {}).filter(
    ([key]) => !key.startsWith("omni2/") && key !== ENVELOPE_META,
  );
  return meta.length > 0 ? { ...rest, _meta: Object.fromEntries(meta) } : rest;
}

function comparable(question: Question, answer: JsonObject): unknown {
  const text = JSON.stringify(withoutEnvelope(answer));
  return JSON.parse(question.varies === undefined ? text : text.replace(question.varies, "0"));
}

/** Asserts that `via` answers each question as `direct` does. */
export async function assertSameAnswers(
  pair: { direct: Asker; via: Asker },
  questions: readonly Question[],
  view: View,
): Promise<void> {
  const { direct, via } = pair;
  const show = via.show ?? ((_question: Question, answer: JsonObject) => answer);
  for (const question of questions) {
    const expected = show(question, await direct.ask(question));
    const actual = view.answer(await via.ask(view.question(question)));
    const asked = `${question.method} ${JSON.stringify(question.params)}`;
    assert.deepEqual(comparable(question, actual), comparable(question, expected), asked);
  }
}
