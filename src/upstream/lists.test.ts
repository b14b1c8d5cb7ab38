import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "#lib/json.ts";
import { announcedKinds, fetchList } from "./lists.ts";
import type { ListKind } from "./snapshot.ts";

const named = (count: number): JsonObject[] => Array.from({ length: count }, (_, at) => ({ name: `t${at}` }));
const ENDLESS = /pages tools\/list without an end; its lists are not used/;

/** Answers pages one after the other and keeps what was asked. */
function pagesOf(...pages: JsonObject[]) {
  const asked: [string, JsonObject][] = [];
  const ask = async (method: string, params: JsonObject): Promise<JsonObject> => {
    asked.push([method, params]);
    return pages[asked.length - 1] ?? {};
  };
  return { asked, ask };
}

test("every page is read under the cursor that the page before gave, an empty one included", async () => {
  const { ask, asked } = pagesOf(
    { tools: [{ name: "a" }], nextCursor: "" },
    { tools: [{ name: "b" }], nextCursor: "2" },
    { tools: [], nextCursor: null },
  );
  const { items } = await fetchList("files", "tools", ask);
  assert.deepEqual(items, [{ name: "a" }, { name: "b" }]);
  assert.deepEqual(asked, [
    ["tools/list", {}],
    ["tools/list", { cursor: "" }],
    ["tools/list", { cursor: "2" }],
  ]);
});

const IDENTITIES: [kind: ListKind, method: string, field: string][] = [
  ["tools", "tools/list", "name"],
  ["prompts", "prompts/list", "name"],
  ["resources", "resources/list", "uri"],
  ["resourceTemplates", "resources/templates/list", "uriTemplate"],
];
for (const [kind, method, field] of IDENTITIES) {
  test(`${kind} come from ${method}, and those without ${field} are left out`, async () => {
    const good = { [field]: "x", more: 1 };
    const { ask, asked } = pagesOf({ [kind]: [good, {}, null, "x", { [field]: 7 }] });
    assert.deepEqual((await fetchList("files", kind, ask)).items, [good]);
    assert.equal(asked[0]?.[0], method);
  });
}

test("an answer without a list is a fault of the server", async () => {
  for (const tools of [undefined, null, {}, "x"]) {
    await assert.rejects(fetchList("files", "tools", pagesOf({ tools }).ask), {
      code: "UPSTREAM_PROTOCOL",
      server: "files",
      message: "files answered tools/list without a list of tools.",
    });
  }
});

test("a cursor that comes again, too many pages and too many items are faults, not a loop", async () => {
  let page = 0;
  const fault = { code: "UPSTREAM_PROTOCOL", message: ENDLESS };
  await assert.rejects(
    fetchList("files", "tools", async () => ({ tools: [], nextCursor: "same" })),
    fault,
  );
  await assert.rejects(
    fetchList("files", "tools", async () => ({ tools: [], nextCursor: String(page++) })),
    fault,
  );
  assert.equal(page, 1_000);
  await assert.rejects(
    fetchList("files", "tools", async () => ({ tools: named(6_000), nextCursor: String(page++) })),
    fault,
  );
  await assert.rejects(
    fetchList("files", "tools", async () => ({ tools: named(300_000), nextCursor: "x" })),
    fault,
  );
});

test("what the server does not answer is passed on", async () => {
  const error = new Error("gone");
  await assert.rejects(
    fetchList("files", "tools", () => Promise.reject(error)),
    error,
  );
});

const HINTS: [given: JsonObject, hints: object][] = [
  [{}, { ttlMs: 0, cacheScope: "private" }],
  [
    { ttlMs: 5, cacheScope: "public" },
    { ttlMs: 5, cacheScope: "public" },
  ],
  [
    { ttlMs: 5, cacheScope: "odd" },
    { ttlMs: 5, cacheScope: "private" },
  ],
  [
    { ttlMs: -1, cacheScope: "public" },
    { ttlMs: 0, cacheScope: "private" },
  ],
  [{ ttlMs: "5" }, { ttlMs: 0, cacheScope: "private" }],
];
for (const [given, hints] of HINTS) {
  test(`the hints ${JSON.stringify(given)} are read as ${JSON.stringify(hints)}`, async () => {
    const { ask } = pagesOf({ tools: [], ...given });
    assert.deepEqual((await fetchList("files", "tools", ask)).hints, hints);
  });
}

test("only lists that are announced are asked for; resources announce two", () => {
  assert.deepEqual(announcedKinds({}), []);
  assert.deepEqual(announcedKinds({ tools: {}, resources: { subscribe: true }, prompts: true }), [
    "tools",
    "resources",
    "resourceTemplates",
  ]);
});
