// What does a legacy server say between our requests? One GET event stream for its notifications and requests, opened again
// with Last-Event-ID when it ends. Its end is no link loss, only a doubt; a session that is gone is.
import type { Cancel } from "#lib/world.ts";
import { scanReply } from "#mcp/scan.ts";
import { isSessionLost } from "./faults.ts";
import type { HttpLink } from "./link.ts";
import { type Loss, type ResponseHead, ResponseReader, type ResponseSink } from "./response.ts";
import type { SseEvent } from "./sse-parser.ts";

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 30_000;
const JITTER_RATIO = 0.2;

export interface StreamEvents {
  /** An open stream ended: a good moment to ask whether the server still lives. */
  onEnded(): void;
  onSessionLost(): void;
}

export interface ServerStream {
  /** Closes it for good. */
  stop(): void;
}

export function openServerStream(link: HttpLink, events: StreamEvents): ServerStream {
  const stream = new GetStream(link, events);
  stream.open();
  return stream;
}

class GetStream implements ServerStream, ResponseSink {
  readonly #link: HttpLink;
  readonly #events: StreamEvents;
  #reader = new ResponseReader(this);
  #wait: Cancel | undefined;
  #streaming = false;
  #failures = 0;
  #lastEventId = "";
  #retryMs: number | undefined;

  constructor(link: HttpLink, events: StreamEvents) {
    this.#link = link;
    this.#events = events;
  }

  open(): void {
    const { pools, path, headers } = this.#link;
    this.#reader = new ResponseReader(this);
    pools.control.dispatch({ path, method: "GET", headers: headers.stream(this.#lastEventId) }, this.#reader);
  }

  stop(): void {
    this.#wait?.();
    this.#reader.abort();
  }

  onStream(): void {
    this.#streaming = true;
  }

  onEvent({ type, data }: SseEvent): void {
    this.#failures = 0;
    if (data.length === 0 || (type !== "" && type !== "message")) return;
    const { inbound } = this.#link;
    // Replies travel on the stream of their own POST; here they answer nobody.
    if (scanReply(data)?.kind === "none") inbound.side(data);
    else inbound.drop();
  }

  onBody({ status }: ResponseHead, body: Buffer): void {
    const { hasSession, log, name } = this.#link;
    if (hasSession && isSessionLost(status, body)) {
      this.stop();
      this.#events.onSessionLost();
    } else if (status >= 500 || status === 429) {
      this.#reopenLater();
    } else {
      // 405 and its kin: asking again would not change that.
      log.debug({ server: name, status }, "the server offers no stream of its own");
      this.stop();
    }
  }

  onLoss(_: Loss): void {
    this.#lastEventId = this.#reader.lastEventId || this.#lastEventId;
    this.#retryMs = this.#reader.retryMs ?? this.#retryMs;
    const ended = this.#streaming;
    this.#streaming = false;
    this.#reopenLater();
    if (ended) this.#events.onEnded();
  }

  #reopenLater(): void {
    const { world } = this.#link;
    const backoffMs = Math.min(FIRST_DELAY_MS * 2 ** Math.min(this.#failures++, 10), MAX_DELAY_MS);
    // `retry` says how soon a healthy server wants us back; a failing one is given more time.
    const delayMs = this.#failures === 1 ? (this.#retryMs ?? backoffMs) : Math.max(this.#retryMs ?? 0, backoffMs);
    const jitter = 1 + JITTER_RATIO * (2 * world.random() - 1);
    this.#wait = world.after(Math.min(delayMs * jitter, MAX_DELAY_MS), () => this.open());
  }
}
