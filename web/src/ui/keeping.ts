// What does the configuration make of a tool's answers, and why? The gateway's own verdict in words. Pure.
import type { CacheReason, ToolKeeping } from "../../../src/contract/cache.ts";
import { duration, words } from "./format.ts";

/** Why the cache did not answer: what follows a colon. */
export const CACHE_WHY: Readonly<Record<CacheReason, string>> = {
  mode_off: "the cache is off for this server",
  rule_off: "its rule says off",
  shadow_mode: "the cache of this server only watches",
  untrusted: "the server is not trusted, so what its tools say of themselves does not count",
  not_read_only: "it does not say that it only reads",
  open_world: "it says that it reaches outside, where things change by themselves",
  no_ttl: "its rule allows no time at all",
  asked: "the caller asked past the cache",
  kind: "its kind is never kept",
  continuation: "it goes on with an earlier call",
  parameters: "it carries parameters that the key does not cover",
  arguments_too_large: "its arguments are too large",
};

/** One sentence about a tool. */
export function keepingSentence({ keeping, reason, ttlMs }: ToolKeeping): string {
  const why = reason === null ? "" : `: ${CACHE_WHY[reason] ?? reason}`;
  if (keeping === "watch") return `Answers are not kept, only compared${why}.`;
  if (keeping === "pass") return `Answers are not kept${why}.`;
  return ttlMs ? `Answers are kept for ${words(duration(ttlMs))}.` : "Answers are kept, and count as old at once.";
}

/** The same in one or two words, for a row. */
export function keepingBrief({ keeping, ttlMs }: ToolKeeping): string {
  if (keeping === "watch") return "watched";
  return keeping === "pass" ? "not kept" : `kept ${words(duration(ttlMs ?? 0))}`;
}
