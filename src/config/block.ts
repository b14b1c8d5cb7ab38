// What does a file say beside its servers: the `omni2` block and the top level around it? Pure; knows no server entry.
import { configDocumentSchema, type Omni2Block, omni2BlockSchema } from "#contract/config.ts";
import type { JsonObject } from "#lib/json.ts";
import { toNote, unknownMessage } from "./entry.ts";
import type { ConfigFile } from "./file.ts";
import { type Findings, issueAt } from "./issue.ts";
import { mergeObjects } from "./merge.ts";
import { nearest } from "./nearest.ts";
import { unknownFields } from "./unknown.ts";

const MAX_UNKNOWN_TOLD = 5;

/** Tells unknown fields of the top level, a file without servers, and `inputs`, which only an editor can ask for. */
export function checkTopLevel(file: ConfigFile, { problems, warnings }: Findings): void {
  const document = file.value as JsonObject;
  if (Array.isArray(document.inputs) && document.inputs.length > 0) {
    const message =
      "`inputs` ask a person, which a gateway cannot; set variables and write their names instead of input:...";
    problems.push(issueAt(file, ["inputs"], message));
  }
  const known = Object.keys(configDocumentSchema.shape);
  const unknown = Object.keys(document).filter((name) => !known.includes(name) && name !== "inputs");
  for (const name of unknown.slice(0, MAX_UNKNOWN_TOLD)) {
    warnings.push(issueAt(file, [name], unknownMessage(nearest(name, known))));
  }
  const more = unknown.length - MAX_UNKNOWN_TOLD;
  if (more > 0) warnings.push(issueAt(file, [], `${more} more unknown fields, ignored`));
  if (!known.some((name) => name !== "$schema" && Object.hasOwn(document, name))) {
    warnings.push(issueAt(file, [], "defines no servers: it has no `mcpServers`"));
  }
}

/** The checked `omni2` block of one file; empty when it is missing or wrong. */
export function readBlock(file: ConfigFile, { problems, warnings }: Findings): Omni2Block {
  const block = (file.value as JsonObject).omni2;
  if (block === undefined) return {};
  for (const field of unknownFields(block, omni2BlockSchema, ["omni2"])) {
    warnings.push(issueAt(file, field.path, unknownMessage(field.nearest)));
  }
  const parsed = omni2BlockSchema.safeParse(block);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues.map(toNote)) {
    problems.push(issueAt(file, ["omni2", ...path], message));
  }
  return {};
}

/** Later files win, field by field. */
export const mergeBlocks = (earlier: Omni2Block, later: Omni2Block): Omni2Block =>
  mergeObjects(earlier, later) as Omni2Block;
