import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ROUTES, type RouteKey } from "#contract/api.ts";
import { isObject } from "#lib/json.ts";
import { openApi, partsOf } from "./openapi.ts";

const document = openApi("1.2.3");
const keys = Object.keys(ROUTES) as RouteKey[];

/** Everything within a value, itself included. */
function* within(value: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(value)) for (const item of value) yield* within(item);
  if (!isObject(value)) return;
  yield value;
  for (const inner of Object.values(value)) yield* within(inner);
}

const operationOf = (key: RouteKey) => {
  const [method, path] = partsOf(key);
  return document.paths[path]?.[method] ?? assert.fail(`${key} is missing`);
};

describe("the OpenAPI document", () => {
  test("holds every route and no other", () => {
    const held = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(held.sort(), keys.toSorted());
    const ids = keys.map((key) => operationOf(key).operationId);
    assert.equal(new Set(ids).size, keys.length);
  });

  test("says of each route what it does, who may use it, and how it fails", () => {
    for (const key of keys) {
      const { summary, description, responses, security } = operationOf(key);
      assert.match(String(summary), /^[A-Z].*\.$/, key);
      const { for: who } = ROUTES[key];
      assert.match(String(description), who === "everybody" ? /^Everybody/ : new RegExp(`role ${who}`));
      assert.equal(security !== undefined, who === "everybody");
      const [status, ...others] = Object.keys(responses as object).filter((code) => code !== "default");
      assert.deepEqual([others, ROUTES[key].answer === null && key !== "GET /metrics"], [[], status === "204"], key);
      assert.ok(JSON.stringify((responses as Record<string, unknown>).default).includes("/Error"));
    }
  });

  test("names every parameter of a path, and those of the query with their bounds", () => {
    for (const key of keys) {
      const told = ((operationOf(key).parameters ?? []) as Record<string, unknown>[]).filter(
        (one) => one.in === "path",
      );
      assert.deepEqual(
        told.map(({ name, required }) => [name, required]),
        [...key.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, true]),
      );
    }
    const hours = (operationOf("GET /api/timeline").parameters as Record<string, unknown>[]).find(
      (it) => it.name === "hours",
    );
    assert.deepEqual(hours, {
      name: "hours",
      in: "query",
      required: false,
      schema: {
        type: "integer",
        minimum: 1,
        maximum: 720,
        default: 24,
        description: "How far back, 1 to 720. Default 24.",
      },
    });
  });

  test("demands the revision that was read of the two routes that change the configuration", () => {
    const demanding = keys.filter((key) =>
      ((operationOf(key).parameters ?? []) as Record<string, unknown>[]).some(
        (it) => it.name === "If-Match" && it.in === "header" && it.required === true,
      ),
    );
    assert.deepEqual(demanding, ["PATCH /api/config", "POST /api/config/revisions/{n}/apply"]);
  });

  test("is sound: each reference leads to a component that is no reference itself, and nothing of the making is left", () => {
    const { schemas } = document.components;
    let references = 0;
    for (const { $ref } of within(document.paths)) {
      if (typeof $ref !== "string") continue;
      references++;
      assert.ok($ref.startsWith("#/components/schemas/") && $ref.slice(21) in schemas, $ref);
    }
    assert.ok(references > keys.length);
    for (const [name, schema] of Object.entries(schemas)) assert.equal(schema.type, "object", name);
    for (const one of within(document))
      assert.ok(!("$defs" in one || "$schema" in one), JSON.stringify(one).slice(0, 200));
    const { openapi, info } = document;
    assert.deepEqual([openapi, info.version], ["3.1.0", "1.2.3"]);
  });

  test("describes fields in the words of their schemas", () => {
    const { properties } = document.components.schemas.Server as {
      properties: Record<string, { description?: string }>;
    };
    assert.match(properties.attempt?.description ?? "", /Reconnect attempts/);
  });
});
