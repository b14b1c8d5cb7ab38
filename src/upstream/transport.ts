// What must every transport to an upstream offer? The SDK's own interface for the protocol's traffic,
// and `exchange` for hot calls, which pass as bytes beside the SDK on the same link and session.
import type { Transport } from "@modelcontextprotocol/client";
import type { CancelSignal } from "#lib/cancel.ts";
import type { JsonObject } from "#lib/json.ts";
import type { ReplyScan } from "#mcp/scan.ts";

/** Ids of our own requests start with this; the SDK's are numbers, so the two can never meet. */
export const OWN_ID_PREFIX = "o2-";

/** A JSON-RPC notification or request that arrived while an exchange was open and belongs to it. */
export interface SideMessage {
  readonly method: string;
  readonly params: JsonObject;
}

/** One request of ours, sent past the SDK. */
export interface Exchange {
  /** `o2-` and digits, unique per process; also the progress token. */
  readonly id: string;
  readonly method: string;
  /** The whole JSON-RPC request as one line of JSON, without a newline. */
  readonly body: string;
  /** Extra HTTP headers (modern era: Mcp-Method, Mcp-Name, Mcp-Param-*). Ignored on stdio. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Aborting stops the wait at once; its reason is what `exchange` rejects with. On HTTP it also closes the request's stream. */
  readonly signal: CancelSignal;
  /** Notifications that belong to this exchange: progress with our token, and all that its own HTTP stream carries. */
  readonly onMessage?: ((message: SideMessage) => void) | undefined;
}

/** A reply to one of our exchanges: the whole JSON-RPC message and where its parts are. */
export interface Reply {
  /** May be lent (lib/buffer-pool): valid until the answer has been written; who keeps it longer copies it. */
  readonly bytes: Buffer;
  readonly scan: ReplyScan;
  /** The same bytes, one in each character, where they are held so: then `bytes` is made anew each time it is read. */
  readonly text?: string;
}

/** Why a link ended, in words for people; free of secrets. */
export interface CloseReason {
  readonly stage: "start" | "connect" | "probe" | "call";
  readonly message: string;
  /** stdio only. */
  readonly exitCode?: number | null;
  readonly exitSignal?: string | null;
}

/**
 * One link to one upstream. The SDK's `Client` drives `start`, `send`, `close`, `onmessage`, `onclose`, `onerror`.
 * A reply whose id is a string of ours goes to its exchange as bytes; everything else is depth-checked, parsed and given to `onmessage`.
 * Replies with unknown ids are dropped and counted; the first reply to an id wins.
 */
export interface UpstreamTransport extends Transport {
  /**
   * Resolves with the raw bytes of the JSON-RPC reply (result or error) and their scan, made once when the reply was routed.
   * Rejects with Fault UPSTREAM_UNAVAILABLE when the link is closed or lost and nothing was sent, OUTCOME_UNKNOWN when the link was
   * lost after the request was sent, UPSTREAM_PROTOCOL for unusable replies, UPSTREAM_AUTH for 401 and 403, SESSION_NOT_FOUND
   * for a lost legacy session, or with the signal's reason.
   */
  exchange(request: Exchange): Promise<Reply>;
  /** Sends a notification of ours (for example notifications/cancelled); failures are swallowed. */
  notify(method: string, params: JsonObject): void;
  /**
   * Set by the connection: call it when something hints that the server may be gone although the link is not closed
   * (for example its GET stream ended); the supervisor then probes at once.
   */
  ondoubt?: (() => void) | undefined;
  /** Process id of a stdio server, else null. */
  readonly childPid: number | null;
  /** Ends a stdio server's processes at once, without the patience of `close`; absent elsewhere. */
  kill?(): void;
  /** Newest standard-error lines of a stdio server, oldest first; empty elsewhere. */
  stderrTail(): string[];
  /** Set once the link is closed. */
  readonly closeReason: CloseReason | undefined;
  /** Messages that were dropped: garbage lines, unknown ids, late replies. */
  readonly dropped: number;
}

/** The reason of a link that we ended ourselves; it says nothing about the server. */
export const CLOSED_BY_US = "closed by the gateway";

/** Limits that all transports share. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
export const CONNECT_TIMEOUT_MS = 5_000;
