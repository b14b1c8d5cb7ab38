// What did a person write over the configuration, from which revision, and does it still fit the one that runs? Pure.
import type { ConfigAnswer } from "../../../src/contract/change.ts";
import { isObject, type JsonObject, patched, patchOf } from "../json/merge.ts";
import { type JsonRead, readJson } from "../json/read.ts";

/** A text that was begun from the changes of a revision. */
export interface Edited {
  readonly text: string;
  readonly base: JsonObject;
  readonly revision: number;
}

type Running = Pick<ConfigAnswer, "changes" | "revision">;

const written = (changes: JsonObject): string => JSON.stringify(changes, null, 2);

export const begun = ({ changes, revision }: Running): Edited => ({ text: written(changes), base: changes, revision });

export type EditedRead =
  | { readonly patch: JsonObject; readonly problem?: undefined }
  | Extract<JsonRead, { problem: string }>;

/** The patch that the text asks for, or its first problem. */
export function patchIn({ text, base }: Edited): EditedRead {
  const read = readJson(text.trim() === "" ? "{}" : text);
  if (read.problem !== undefined) return read;
  if (!isObject(read.value)) return { problem: "The whole has to be one object in braces.", line: 1, column: 1 };
  const stranger = Object.keys(read.value).find((name) => name !== "mcpServers" && name !== "omni2");
  if (stranger !== undefined)
    return { problem: `“${stranger}” is not known here: only mcpServers and omni2 are.`, ...placeOf(text, stranger) };
  return { patch: patchOf(base, read.value) };
}

function placeOf(text: string, name: string): { line: number; column: number } {
  const before = text.slice(0, Math.max(0, text.indexOf(JSON.stringify(name)))).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The same edits, made from what runs now. Only for a text without a problem. */
export function movedOnto(edited: Edited, running: Running): Edited {
  const read = patchIn(edited);
  if (read.problem !== undefined) return edited;
  return { ...begun(running), text: written(patched(running.changes, read.patch)) };
}

/** Where in the text a place is, in characters from its start. */
export const offsetOf = (text: string, { line, column }: { line: number; column: number }): number =>
  text
    .split("\n")
    .slice(0, line - 1)
    .reduce((sum, one) => sum + one.length + 1, 0) +
  column -
  1;
