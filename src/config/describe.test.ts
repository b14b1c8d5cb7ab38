import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { configJsonSchema, configMarkdown } from "./describe.ts";

const checkout = join(import.meta.dirname, "..", "..");

test("every field says its meaning; every number says its unit or count, its default and its bounds", () => {
  const rows = configMarkdown()
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(" | "));
  assert.ok(rows.length > 50);
  for (const [name = "", type = "", meaning = ""] of rows) {
    assert.match(meaning, /\S{2}/, `${name} says nothing`);
    if (type !== "whole number") continue;
    assert.match(meaning, /Default \d+/, `${name} has no default`);
    assert.match(meaning, /\d to \d+|up to \d+/, `${name} has no bound`);
    if (name.includes("Ms")) assert.match(meaning, /in milliseconds/, `${name} has no unit`);
  }
});

test("the schema for editors is JSON and knows the sample's fields", () => {
  const schema = JSON.parse(configJsonSchema());
  assert.ok(schema.properties.mcpServers.additionalProperties.properties.command.description);
});

test("the generated files are those in docs", async () => {
  assert.equal(await readFile(join(checkout, "docs", "config.md"), "utf8"), configMarkdown());
  assert.equal(await readFile(join(checkout, "docs", "config.schema.json"), "utf8"), configJsonSchema());
});
