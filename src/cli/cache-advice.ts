// What does the advisor say, and where does a person write it? Pure.
import type { Advice } from "#contract/cache.ts";
import { counted, oneLine } from "./text.ts";

/** Empty without advice. What pays comes first, each with the line to add and its place. */
export function adviceLines(advice: readonly Advice[]): string[] {
  if (advice.length === 0) return [];
  const decided = advice.filter(({ verdict }) => verdict !== "wait");
  const pays = decided.filter(({ config }) => config !== null);
  const others = decided.filter(({ config }) => config === null);
  const waiting = advice.length - decided.length;
  const undecided =
    waiting === 0 ? [] : [`  ${counted(waiting, "watched tool")}: not seen often enough yet to advise anything`];
  return ["", "Advice", ...[...pays, ...others].flatMap(linesOf), ...undecided];
}

const linesOf = ({ server, sentence, config }: Advice): string[] => [
  `  ${oneLine(server)}: ${oneLine(sentence)}`,
  ...(config === null ? [] : [`    add under mcpServers.${oneLine(server)}.cache.tools:  ${oneLine(config)}`]),
];
