import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { mapResultUris, mapToolUi, mapUri, unmapUri } from "./uris.ts";

const server = fc.stringMatching(/^[A-Za-z0-9.-]{1,12}(_[A-Za-z0-9.-]{1,8})?$/);
const uri = fc.oneof(
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.string({ unit: "grapheme" }),
  fc.string().map((rest) => `ui://${rest}`),
  fc.string().map((rest) => `omni2://${rest}`),
  fc.constantFrom("", "/", "file:///a/b", "echo://item/{id}", "ui://", "omni2://a/omni2://b/c"),
);

test("every server's every URI comes back with its server", () => {
  holds(
    fc.property(server, uri, (name, own) => assert.deepEqual(unmapUri(mapUri(name, own)), { server: name, uri: own })),
  );
});

test("URIs of two servers never meet", () => {
  holds(
    fc.property(server, server, uri, (one, two, own) => {
      fc.pre(one !== two);
      assert.notEqual(mapUri(one, own), mapUri(two, own));
    }),
  );
});

test("pages of MCP Apps keep the scheme that hosts look for", () => {
  assert.equal(mapUri("maps", "ui://view/main"), "ui://maps/view/main");
  assert.equal(mapUri("maps", "file:///x"), "omni2://maps/file:///x");
});

for (const foreign of ["", "file:///x", "omni2://", "omni2://a", "ui://a", "OMNI2://a/b", "a/b"]) {
  test(`${JSON.stringify(foreign)} is none of ours`, () => assert.equal(unmapUri(foreign), undefined));
}

test("resource URIs in results are mapped wherever they stand, and nothing else is touched", () => {
  const link = { type: "resource_link", uri: "a://1", name: "n" };
  const embedded = { type: "resource", resource: { uri: "a://2", text: "uri a://2" } };
  const text = { type: "text", text: "a://3", uri: "a://3" };
  const result = {
    contents: [{ uri: "a://0", text: "x" }, "odd", { text: "no uri" }],
    content: [link, embedded, text, null, 7],
    messages: [{ role: "user", content: link }, { role: "user", content: text }, "odd"],
    structuredContent: { uri: "a://4" },
    isError: false,
  };
  const before = structuredClone(result);
  assert.deepEqual(mapResultUris(result, "s"), {
    contents: [{ uri: "omni2://s/a://0", text: "x" }, "odd", { text: "no uri" }],
    content: [
      { ...link, uri: "omni2://s/a://1" },
      { type: "resource", resource: { uri: "omni2://s/a://2", text: "uri a://2" } },
      text,
      null,
      7,
    ],
    messages: [{ role: "user", content: { ...link, uri: "omni2://s/a://1" } }, { role: "user", content: text }, "odd"],
    structuredContent: { uri: "a://4" },
    isError: false,
  });
  assert.deepEqual(result, before);
});

test("a tool's page is mapped, other tools stay the same object", () => {
  const tool = { name: "t", _meta: { other: 1, ui: { resourceUri: "ui://page", visibility: ["model"] } } };
  assert.deepEqual(mapToolUi(tool, "s"), {
    name: "t",
    _meta: { other: 1, ui: { resourceUri: "ui://s/page", visibility: ["model"] } },
  });
  for (const plain of [{ name: "t" }, { name: "t", _meta: {} }, { name: "t", _meta: { ui: { resourceUri: 1 } } }]) {
    assert.equal(mapToolUi(plain, "s"), plain);
  }
});
