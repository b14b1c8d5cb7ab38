// May a result be kept, for how long, and when may an old one be served? Pure rules: that a tool only reads is reason to keep its
// answers only when its server is trusted, a person's rule counts always, and what is in doubt is not kept.
import type { CacheReason, CacheRefusal, CacheRule, CacheSettings, ToolCacheRule } from "#contract/cache.ts";
import type { Fault, FaultCode } from "#contract/fault.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { matchesGlob } from "./namespace.ts";

export type Keeping =
  /** Served from the cache and kept there. */
  | { readonly kind: "keep"; readonly rule: CacheRule }
  /** Always asked; repeats are compared for the advisor. */
  | { readonly kind: "watch"; readonly reason: CacheReason }
  /** Kept as long as the server says in its answer, at most by these terms. */
  | { readonly kind: "hinted"; readonly rule: CacheRule }
  | { readonly kind: "pass"; readonly reason: CacheReason };

export interface ToolPolicy {
  readonly keeping: Keeping;
  /** A call of it may change what other tools of the server answer. */
  readonly writes: boolean;
}

export interface ToolFacts {
  /** The server's own name of the tool. */
  readonly name: string;
  readonly annotations: unknown;
  readonly trusted: boolean;
}

const pass = (reason: CacheReason): Keeping => ({ kind: "pass", reason });
const watch = (reason: CacheReason): Keeping => ({ kind: "watch", reason });

export function toolPolicy({ name, annotations, trusted }: ToolFacts, settings: CacheSettings): ToolPolicy {
  const { readOnlyHint, openWorldHint } = isObject(annotations) ? annotations : NO_ANNOTATIONS;
  const given = ruleFor(name, settings.tools);
  // A pattern may sweep in a tool that says itself that it writes; only its own name, written out, can overrule that.
  const refused = given !== undefined && given.pattern !== name && readOnlyHint === false;
  const rule = refused ? undefined : given?.rule;
  // Whoever says wrongly that it only reads makes only its own answers old, and could as well answer wrongly: for this no trust is
  // needed. To leave a call out because of such a word is another matter.
  const reads = readOnlyHint === true || (rule !== undefined && rule !== "off");
  const said = { says: readOnlyHint, openWorld: openWorldHint === true, trusted };
  return { keeping: rule === undefined ? keepingByMode(said, settings) : keepingByRule(rule), writes: !reads };
}

const NO_ANNOTATIONS: JsonObject = {};

interface Said {
  readonly says: unknown;
  readonly openWorld: boolean;
  readonly trusted: boolean;
}

function keepingByMode({ says, openWorld, trusted }: Said, settings: CacheSettings): Keeping {
  if (settings.mode === "off") return pass("mode_off");
  if (says === false) return pass("not_read_only");
  if (settings.mode === "shadow") return watch("shadow_mode");
  if (!trusted) return watch("untrusted");
  if (says !== true) return watch("not_read_only");
  return openWorld ? watch("open_world") : keepingByRule(settings);
}

function keepingByRule(rule: "off" | CacheRule): Keeping {
  if (rule === "off") return pass("rule_off");
  const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, scope } = rule;
  if (ttlMs + staleWhileRevalidateMs + staleIfErrorMs === 0) return pass("no_ttl");
  return { kind: "keep", rule: { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, scope } };
}

/** An exact name first, then the first pattern that matches. */
const ruleFor = (name: string, rules: readonly ToolCacheRule[]): ToolCacheRule | undefined =>
  rules.find(({ pattern }) => pattern === name) ?? rules.find(({ pattern }) => matchesGlob(pattern, name));

/** What is read by URI is kept by the protocol's own hints; sharing it takes a server that is trusted. */
export function resourcePolicy(settings: CacheSettings, trusted: boolean): Keeping {
  if (settings.mode !== "auto") return pass(settings.mode === "off" ? "mode_off" : "shadow_mode");
  const { ttlMs, staleIfErrorMs } = settings;
  if (ttlMs + staleIfErrorMs === 0) return pass("no_ttl");
  return {
    kind: "hinted",
    rule: { ttlMs, staleWhileRevalidateMs: 0, staleIfErrorMs, scope: trusted ? "public" : "private" },
  };
}

const CONTINUATIONS: ReadonlySet<string> = new Set(["inputResponses", "requestState"]);
const KEYED: ReadonlySet<string> = new Set(["name", "uri", "arguments", "_meta"]);

/** Why these parameters keep a call away from the cache whatever its tool is; undefined when they do not. */
export function parametersRefusal(params: JsonObject): CacheReason | undefined {
  for (const key in params) if (!KEYED.has(key)) return CONTINUATIONS.has(key) ? "continuation" : "parameters";
  return undefined;
}

/** What is seen of an answer without reading it. */
export interface AnswerFacts {
  readonly kind: "result" | "error" | "none";
  readonly isError: boolean;
  readonly resultType: string | null;
  readonly bytes: number;
}

/** Why an answer is not kept; undefined when it may be. */
export function answerRefusal(answer: AnswerFacts, maxEntryBytes: number): CacheRefusal | undefined {
  if (answer.kind !== "result") return "error";
  if (answer.isError) return "tool_error";
  if (answer.resultType !== null && answer.resultType !== "complete") return "incomplete";
  return answer.bytes > maxEntryBytes ? "too_large" : undefined;
}

// The server is away, slow, busy, or answered nothing that could be used. Not among them: the caller left or asked for something
// wrong, and UPSTREAM_AUTH: whoever lost the right to ask must not be answered with what it was once told.
const MAY_SERVE_STALE: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "UPSTREAM_UNAVAILABLE",
  "BREAKER_OPEN",
  "OVERLOADED",
  "UPSTREAM_TIMEOUT",
  "DEADLINE_EXCEEDED",
  "OUTCOME_UNKNOWN",
  "UPSTREAM_PROTOCOL",
  "SESSION_NOT_FOUND",
]);

/** Whether an old answer is better than this fault, where its rule allows one at all. */
export const mayServeStale = (code: FaultCode): boolean => MAY_SERVE_STALE.has(code);

const IN_DOUBT: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "OUTCOME_UNKNOWN",
  "UPSTREAM_TIMEOUT",
  "CANCELLED",
  "DEADLINE_EXCEEDED",
]);

/** Whether a call that ended so may still take effect later. */
export const inDoubt = ({ code, circumstance }: Fault): boolean => IN_DOUBT.has(code) || circumstance?.sent === true;
