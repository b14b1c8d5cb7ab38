import assert from "node:assert/strict";
import { test } from "node:test";
import { serverView } from "../fixtures.ts";
import { fitOf, itemsOf, type Known, MAX_RECENT, ranked, withRecent } from "./palette-items.ts";

const tool = (server: string, name: string) => ({ server, name, title: null });
const known = (changes: Partial<Known> = {}): Known => ({
  places: [
    { keys: "g o", does: "Overview", href: "/" },
    { keys: "g s", does: "Servers", href: "/servers" },
  ],
  servers: [serverView("github"), serverView("files", { circuitState: "isolated" })],
  tools: [tool("github", "create_issue"), tool("files", "read_file")],
  here: null,
  may: () => true,
  ...changes,
});
const texts = (query: string, changes: Partial<Known> = {}, recent: string[] = []) =>
  ranked(itemsOf(known(changes)), query, recent).map(({ text }) => text);

test("what can be done to the open server stands first, then pages, servers, tools and what the others offer", () => {
  assert.deepEqual(texts("", { here: "files" }), [
    ...["Probe files", "Reconnect files", "Release files", "Disable files"],
    ...["Overview", "Servers", "files", "github", "create_issue", "read_file"],
    ...["Probe github", "Reconnect github", "Isolate github", "Disable github"],
  ]);
});

test("what was chosen lately comes before the rest, newest first, and after what is near", () => {
  const recent = ["/tools/files/read_file", "/servers/github"];
  assert.deepEqual(texts("", { here: "files" }, recent).slice(4, 7), ["read_file", "github", "Overview"]);
});

test("who may not do a thing is not offered it", () => {
  const offered = texts("github", { may: (verb) => verb === "probe" });
  assert.deepEqual(offered, ["github", "Probe github", "create_issue"]);
});

test("every word has to fit, in any order", () => {
  assert.deepEqual(texts("git iso"), ["Isolate github"]);
  assert.deepEqual(texts("github zebra"), []);
});

test("a beginning is better than a word's beginning, that than a part, and that than letters in order", () => {
  assert.deepEqual(
    ["cre", "iss", "eate", "cissue", "xyz", "z"].map((word) => fitOf(word, "create_issue")),
    [3, 2, 1, 0.5, 0, 0],
  );
});

test("a tool is found by its server, after what has that name", () => {
  assert.deepEqual(texts("files").slice(0, 2), ["files", "Probe files"]);
  assert.ok(texts("files").includes("read_file"));
});

test("equally good ones stand as they were chosen lately", () => {
  assert.equal(texts("g", {}, ["/servers/github"])[0], "github");
  assert.equal(texts("re", {}, ["verb files reconnect"])[0], "Reconnect files");
});

test("a few choices are kept, none twice", () => {
  const all = Array.from({ length: 20 }, (_, index) => `id ${index}`).reduce<string[]>(withRecent, []);
  assert.equal(all.length, MAX_RECENT);
  assert.deepEqual(withRecent(["a", "b"], "b"), ["b", "a"]);
});
