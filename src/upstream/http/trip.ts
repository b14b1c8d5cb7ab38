// How does one POST get its answer? A trip sends it once, reads a whole body or an event stream, and in the legacy era picks a
// broken stream up again with Last-Event-ID. It must never send the POST twice, and it ends in bounded time.
//
//   posting -> (body) over
//   posting -> streaming -> (reply) lingering -> over
//              streaming -> waiting -> resuming -> streaming          legacy, once an event id was seen
import type { Pool } from "undici";
import { Fault } from "#contract/fault.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import type { Cancel } from "#lib/world.ts";
import { scanReply } from "#mcp/scan.ts";
import type { Reply, SideMessage } from "#upstream/transport.ts";
import {
  linkClosed,
  lostAfterSend,
  lostWithLink,
  outcomeUnknown,
  protocolFault,
  tooLarge,
  unreachable,
} from "./faults.ts";
import type { HttpLink, OpenRequest } from "./link.ts";
import { type Loss, type ResponseHead, ResponseReader, type ResponseSink } from "./response.ts";
import type { SseEvent } from "./sse-parser.ts";

/** No trip lasts longer, whatever its caller allows. */
const MAX_TRIP_MS = 600_000;
/** How long a stream may stay open after the reply before its socket is given up. */
const LINGER_MS = 1_000;
const DEFAULT_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** Resumptions in a row that brought nothing new. */
const MAX_RESUMPTIONS = 3;
const EMPTY = Buffer.alloc(0);

export interface TripSpec {
  readonly pool: Pool;
  /** One JSON-RPC message. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether a result or error in the stream answers this message. Absent: no answer is expected. */
  readonly isReply?: (reply: Reply) => boolean;
  /** Notifications in the stream go here instead of to the SDK. */
  readonly onSide?: ((message: SideMessage) => void) | undefined;
  readonly signal?: CancelSignal | undefined;
  /** Milliseconds for the whole trip; `Infinity` for a subscription. Default: ten minutes. */
  readonly limitMs?: number;
}

/** `reply`: found in an event stream. `body`: a complete response of any status, not judged yet. */
export type TripEnd =
  | { readonly kind: "reply"; readonly head: ResponseHead; readonly reply: Reply }
  | { readonly kind: "body"; readonly head: ResponseHead; readonly body: Buffer };

export interface Trip {
  /** Rejects with a Fault, or with the reason of the signal or of `stop`. */
  readonly end: Promise<TripEnd>;
  /** The server may have seen the message. */
  readonly sent: boolean;
  /** Ends it now and closes its stream. */
  stop(reason: unknown): void;
}

export function startTrip(link: HttpLink, spec: TripSpec): Trip {
  const trip = new PostTrip(link, spec);
  trip.start();
  return trip;
}

class PostTrip implements Trip, ResponseSink, OpenRequest {
  readonly end: Promise<TripEnd>;
  readonly #link: HttpLink;
  readonly #spec: TripSpec;
  readonly #resolve: (end: TripEnd) => void;
  readonly #reject: (reason: unknown) => void;
  #reader = new ResponseReader(this);
  #head: ResponseHead | undefined;
  #timer: Cancel | undefined;
  #wait: Cancel | undefined;
  slot: number | undefined;
  #settled = false;
  #garbled = false;
  #resuming = false;
  #resumptions = 0;
  #lastEventId = "";
  #retryMs = DEFAULT_RETRY_MS;
  readonly #onAbort = (): void => this.stop(this.#spec.signal?.reason);

  constructor(link: HttpLink, spec: TripSpec) {
    this.#link = link;
    this.#spec = spec;
    const { promise, resolve, reject } = Promise.withResolvers<TripEnd>();
    this.end = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get sent(): boolean {
    return this.#resuming || this.#reader.started;
  }

  start(): void {
    const { signal, limitMs = MAX_TRIP_MS, pool, body, headers } = this.#spec;
    const { closeReason, name, open, world, path } = this.#link;
    if (closeReason !== undefined) this.stop(linkClosed(name));
    else if (signal?.aborted) this.stop(signal.reason);
    if (this.#settled) return;
    open.add(this);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (limitMs !== Number.POSITIVE_INFINITY) this.#timer = world.after(limitMs, () => this.#late(limitMs));
    pool.dispatch({ path, method: "POST", body, headers: this.#link.headers.post(headers) }, this.#reader);
  }

  stop(reason: unknown): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#reader.abort();
    this.#over();
    this.#reject(reason);
  }

  abandon(): void {
    if (this.#settled) this.#giveUpSocket();
    const { name } = this.#link;
    this.stop(this.sent ? lostWithLink(name, "was disconnected by the gateway") : linkClosed(name));
  }

  onStream(head: ResponseHead): void {
    this.#head = head;
  }

  onEvent({ type, data }: SseEvent): void {
    if (data.length === 0 || (type !== "" && type !== "message")) return;
    const { inbound } = this.#link;
    const scan = this.#settled ? undefined : scanReply(data);
    if (scan === undefined) {
      this.#garbled = true;
      inbound.drop();
    } else if (scan.kind === "none") inbound.side(data, this.#spec.onSide);
    else if (this.#spec.isReply?.({ bytes: data, scan }) === true) this.#replied({ bytes: data, scan });
    else inbound.drop();
  }

  onBody(head: ResponseHead, body: Buffer): void {
    if (!this.#resuming) this.#finish({ kind: "body", head, body });
    else if (head.status >= 500 || head.status === 429) this.#resumeLater(undefined);
    else this.stop(outcomeUnknown(this.#link.name, `would not continue its reply (HTTP ${head.status}), broken off`));
  }

  onLoss(loss: Loss): void {
    const { name } = this.#link;
    if (this.#settled) this.#over();
    else if (loss.kind === "too-large") this.stop(tooLarge(name));
    else if (loss.kind === "ended") this.#streamEnded(loss.cause);
    else if (this.#resuming) this.#resumeLater(loss.cause);
    else this.stop(loss.kind === "unsent" ? unreachable(name, loss.cause) : lostAfterSend(name, loss.cause));
  }

  #replied(reply: Reply): void {
    this.#settled = true;
    this.#release();
    this.#timer = this.#link.world.after(LINGER_MS, () => this.#giveUpSocket());
    this.#resolve({ kind: "reply", head: this.#head as ResponseHead, reply });
  }

  #streamEnded(cause: Error | undefined): void {
    const { name, era } = this.#link;
    this.#notePosition();
    if (this.#spec.isReply === undefined && this.#head !== undefined) {
      this.#finish({ kind: "body", head: this.#head, body: EMPTY });
    } else if (this.#garbled) this.stop(protocolFault(name, "answered with a message that is not valid JSON-RPC"));
    else if (era === "legacy" && this.#lastEventId !== "") this.#resumeLater(cause);
    else this.stop(outcomeUnknown(name, "ended the reply's stream", cause));
  }

  #notePosition(): void {
    const { lastEventId, retryMs = this.#retryMs } = this.#reader;
    this.#retryMs = Math.min(retryMs, MAX_RETRY_MS);
    if (lastEventId === "" || lastEventId === this.#lastEventId) return;
    this.#lastEventId = lastEventId;
    this.#resumptions = 0;
  }

  #resumeLater(cause: Error | undefined): void {
    if (++this.#resumptions > MAX_RESUMPTIONS) {
      this.stop(outcomeUnknown(this.#link.name, `broke off its reply and did not continue it`, cause));
      return;
    }
    this.#resuming = true;
    this.#wait = this.#link.world.after(this.#retryMs, () => {
      const { pools, path, headers } = this.#link;
      this.#reader = new ResponseReader(this);
      pools.control.dispatch({ path, method: "GET", headers: headers.stream(this.#lastEventId) }, this.#reader);
    });
  }

  #late(limitMs: number): void {
    const { name } = this.#link;
    this.stop(new Fault("UPSTREAM_TIMEOUT", `${name} did not answer within ${limitMs / 1000} s.`, { server: name }));
  }

  #finish(end: TripEnd): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#over();
    this.#resolve(end);
  }

  #giveUpSocket(): void {
    this.#reader.abort();
    this.#over();
  }

  #release(): void {
    this.#timer?.();
    this.#wait?.();
    this.#spec.signal?.removeEventListener("abort", this.#onAbort);
  }

  #over(): void {
    this.#release();
    this.#link.open.delete(this);
  }
}
