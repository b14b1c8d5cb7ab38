// How much of a model's context does a definition take? An estimate that says so: models count differently. Pure.
import type { ToolView } from "../../../src/contract/api.ts";
import { count, words } from "./format.ts";

/** English text and JSON come to about this many characters for one token. */
const CHARACTERS = 4;

/** Tokens of what a client hands to its model for this tool: name, description and input schema. An estimate. */
export const tokensOf = ({ qualifiedName, description, inputSchema }: ToolView): number =>
  Math.ceil(JSON.stringify({ name: qualifiedName, description, inputSchema }).length / CHARACTERS);

export const aboutTokens = (tokens: number): string => `about ${words(count(tokens))} tokens by estimate`;
