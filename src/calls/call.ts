// What is one call on its way through the onion? One object per call, made at the edge, completed by the layers.
import type { CallKind, CallRecord } from "#contract/call.ts";
import { Cancellation } from "#lib/cancel.ts";
import type { JsonObject } from "#lib/json.ts";
import type { LogLevel } from "#mcp/protocol.ts";
import type { Pass } from "#policy/breaker-state.ts";
import type { View } from "#upstream/catalog.ts";
import type { Reply, SideMessage } from "#upstream/transport.ts";

/** Where a call goes: found by `resolve`, in the upstream's own names. */
export interface Target {
  readonly server: string;
  readonly params: JsonObject;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Milliseconds allowed for one call of this server. */
  readonly timeoutMs: number;
  /** Doing it twice does no harm: a read by the protocol, or a tool of a trusted server that says so. */
  readonly repeatable: boolean;
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
  /** Set by `deadline`: progress moves it. `now` is monotonic milliseconds. */
  budget: { extend(now: number): void } | undefined;
}

export type Handler = (call: Call) => Promise<Reply>;
/** One wrapper of the onion: does its one thing and calls `next`, or does not. */
export type Layer = (next: Handler) => Handler;

export type NewCall = Pick<Call, "kind" | "method" | "view" | "name" | "params" | "principal" | "era"> &
  Partial<Pick<Call, "onMessage" | "logLevel" | "control">>;

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
      budget: undefined,
    }),
  };
}
