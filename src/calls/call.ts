// What is one call on its way through the onion? One object per call, made at the edge, completed by the layers.
import type { CacheReason, CacheRequest } from "#contract/cache.ts";
import type { CallKind, CallRecord, Disposition } from "#contract/call.ts";
import type { FaultCode } from "#contract/fault.ts";
import type { CircuitState, Era, UpstreamDefinition } from "#contract/upstream.ts";
import { Cancellation } from "#lib/cancel.ts";
import type { JsonObject } from "#lib/json.ts";
import type { LogLevel } from "#mcp/protocol.ts";
import type { Pass } from "#policy/breaker-state.ts";
import type { ToolEntry, View } from "#upstream/catalog.ts";
import type { Reply, SideMessage } from "#upstream/transport.ts";
import type { Question } from "./cache/coalesce.ts";
import type { Row } from "./cache/shelf.ts";

/** Where a call goes: found by `resolve`, in the upstream's own names. */
export interface Target {
  readonly server: string;
  readonly params: JsonObject;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Milliseconds allowed for one call of this server. */
  readonly timeoutMs: number;
  /** Doing it twice does no harm: a read by the protocol, or a tool of a trusted server that says so. */
  readonly repeatable: boolean;
  readonly definition: UpstreamDefinition;
  /** Protocol generation of the server, as last seen. */
  readonly era: Era;
  /** Undefined unless a tool is called. */
  readonly tool: ToolEntry | undefined;
}

export interface Call {
  readonly id: string;
  readonly kind: CallKind;
  readonly method: string;
  /** The endpoint it came in on: null for the aggregate. */
  readonly view: View;
  /** The caller's name of what is called: tool, prompt, URI or completion reference. */
  readonly name: string;
  readonly params: JsonObject;
  readonly principal: string;
  readonly era: CallRecord["era"];
  /** The only cancellation: caller, deadline and shutdown abort it, each with a Fault as the reason. */
  readonly control: Cancellation;
  /** Where notifications that belong to this call go; undefined when the caller cannot take any. */
  readonly onMessage: ((message: SideMessage) => void) | undefined;
  readonly logLevel: LogLevel | undefined;
  /** Wall time and monotonic time of its start, milliseconds. */
  readonly at: number;
  readonly startedAt: number;
  target: Target | undefined;
  /** The server it is meant for, as soon as that is known; null before. */
  server: string | null;
  /** Signatures of gateways that it passed before, as their header. */
  via: string | undefined;
  /** What the breaker gave for the attempt under way. */
  pass: Pass | undefined;
  attempts: number;
  /** Milliseconds spent waiting for the upstream, all attempts together; null when it was never asked. */
  upstreamMs: number | null;
  /** Milliseconds spent waiting for a place at the server, and between attempts. */
  queuedMs: number;
  backoffMs: number;
  /** The breaker as the last attempt found it; null before. */
  breaker: CircuitState | null;
  /** What the caller asked of the cache; undefined: its `_meta` may say. */
  readonly cacheRequest: CacheRequest | undefined;
  /** What the cache did, and why it did no more; set by `cache` and `coalesce`. */
  disposition: Disposition;
  cacheReason: CacheReason | null;
  /** How old a kept answer was when it was served, milliseconds; null for any other. */
  ageMs: number | null;
  /** The fault in whose place an old answer was served. */
  staleBecause: FaultCode | undefined;
  /** Where the cache counts this call; undefined before it got so far. */
  cacheRow: Row | undefined;
  /** Set when equal calls may share the answer. */
  question: Question | undefined;
  /** Set by `deadline`: progress moves it. `now` is monotonic milliseconds. */
  budget: { extend(now: number): void } | undefined;
}

export type Handler = (call: Call) => Promise<Reply>;
/** One wrapper of the onion: does its one thing and calls `next`, or does not. */
export type Layer = (next: Handler) => Handler;

/** There at once, from the cache, or later; a fault is thrown or rejected. */
export type Answer = Reply | Promise<Reply>;
export type Answerer = (call: Call) => Answer;
/** A layer outside of the cache. It makes nobody wait who need not: what waits costs more than what such a layer does. */
export type OuterLayer = (next: Answerer) => Answerer;

export type NewCall = Pick<Call, "kind" | "method" | "view" | "name" | "params" | "principal" | "era"> &
  Partial<Pick<Call, "onMessage" | "logLevel" | "control" | "cacheRequest">>;

export interface CallFactory {
  create(fields: NewCall): Call;
}

/** Ids are unique across restarts: a random prefix per process and a count. */
export function createCallFactory(deps: { now: () => number; wall: () => number; prefix: string }): CallFactory {
  let count = 0;
  return {
    create: (fields) => ({
      id: `c_${deps.prefix}${(++count).toString(36)}`,
      kind: fields.kind,
      method: fields.method,
      view: fields.view,
      name: fields.name,
      params: fields.params,
      principal: fields.principal,
      era: fields.era,
      control: fields.control ?? new Cancellation(),
      onMessage: fields.onMessage,
      logLevel: fields.logLevel,
      at: deps.wall(),
      startedAt: deps.now(),
      target: undefined,
      server: fields.view,
      via: undefined,
      pass: undefined,
      attempts: 0,
      upstreamMs: null,
      queuedMs: 0,
      backoffMs: 0,
      breaker: null,
      cacheRequest: fields.cacheRequest,
      disposition: "bypass",
      cacheReason: null,
      ageMs: null,
      staleBecause: undefined,
      cacheRow: undefined,
      question: undefined,
      budget: undefined,
    }),
  };
}
