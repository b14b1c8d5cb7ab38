// Why did the cache not answer? Each reason in words: a sentence about one call, and a few words for a table.
import type { CacheReason } from "#contract/cache.ts";

interface ReasonWords {
  /** Completes "because"; what a person can do about it stands behind. */
  readonly sentence: string;
  readonly brief: string;
}

const WORDS: Readonly<Record<CacheReason, ReasonWords>> = {
  mode_off: { sentence: "the server's cache mode is off.", brief: "mode is off" },
  rule_off: { sentence: 'a rule in the server\'s cache.tools says "off" for this tool.', brief: "off by its rule" },
  shadow_mode: {
    sentence: "the server's cache mode is shadow: repeats are counted and compared, nothing is served.",
    brief: "shadow mode",
  },
  untrusted: {
    sentence: "the server is not trusted, so what its tools say about themselves does not count.",
    brief: "not trusted",
  },
  not_read_only: {
    sentence: "the tool does not say that it only reads. If you know that it does, name it in cache.tools.",
    brief: "may write",
  },
  open_world: {
    sentence:
      "the tool says that it asks an open world, such as the web, which changes by itself. Name it in cache.tools if old answers do no harm.",
    brief: "open world",
  },
  no_ttl: { sentence: "the rule for it allows no time at all.", brief: "no time to live" },
  asked: { sentence: "the caller asked for a fresh answer (bypass or refresh).", brief: "asked past it" },
  kind: { sentence: "prompts and completions are never kept.", brief: "never kept" },
  continuation: { sentence: "it continued an earlier call, and such an answer fits only once.", brief: "continuation" },
  parameters: {
    sentence: "it carried parameters that the gateway does not know, and the answer may depend on them.",
    brief: "unknown parameters",
  },
  arguments_too_large: { sentence: "its arguments are longer than 64 KiB.", brief: "large arguments" },
};

/** Completes "because", with its full stop. */
export const reasonSentence = (reason: CacheReason): string => WORDS[reason].sentence;

export const reasonBrief = (reason: CacheReason): string => WORDS[reason].brief;
