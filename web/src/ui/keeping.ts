// What does the configuration make of a tool's answers, and why? The gateway's own verdict in words. Pure.
import type { ToolKeeping } from "../../../src/contract/cache.ts";
import { because } from "./call-words.ts";
import { duration, words } from "./format.ts";

/** One sentence about a tool. */
export function keepingSentence({ keeping, reason, ttlMs }: ToolKeeping): string {
  if (keeping === "watch") return `Answers are not kept, only compared${because(reason)}`;
  if (keeping === "pass") return `Answers are not kept${because(reason)}`;
  return ttlMs ? `Answers are kept for ${words(duration(ttlMs))}.` : "Answers are kept, and count as old at once.";
}

/** The same in one or two words, for a row. */
export function keepingBrief({ keeping, ttlMs }: ToolKeeping): string {
  if (keeping === "watch") return "watched";
  return keeping === "pass" ? "not kept" : `kept ${words(duration(ttlMs ?? 0))}`;
}
