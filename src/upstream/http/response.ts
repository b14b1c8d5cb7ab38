// What did the server answer to one HTTP request? undici's callbacks become events, a whole body, or a loss; exactly one of
// `onBody` and `onLoss` ends it. It must not know JSON-RPC, and never holds more than MAX_MESSAGE_BYTES.
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { borrowBuffer } from "#lib/buffer-pool.ts";
import { MAX_MESSAGE_BYTES } from "#upstream/transport.ts";
import { createSseParser, type SseEvent, type SseParser } from "./sse-parser.ts";

export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
}

/** Why there is no whole body: before sending, after sending, a started event stream that is over, or more than we accept. */
export type Loss =
  | { readonly kind: "unsent" | "sent"; readonly cause: Error }
  | { readonly kind: "ended"; readonly cause: Error | undefined }
  | { readonly kind: "too-large" };

export interface ResponseSink {
  /** A 2xx event stream has begun. */
  onStream(head: ResponseHead): void;
  onEvent(event: SseEvent): void;
  /** The complete body of anything but a 2xx event stream. */
  onBody(head: ResponseHead, body: Buffer): void;
  onLoss(loss: Loss): void;
}

const ABORTED = new Error("aborted");
const TOO_LARGE: Loss = { kind: "too-large" };

export type MediaType = "json" | "events" | "other" | "none";

export function mediaType(headers: IncomingHttpHeaders): MediaType {
  const value = headers["content-type"];
  if (value === undefined) return "none";
  const end = value.indexOf(";");
  const essence = (end === -1 ? value : value.slice(0, end)).trim().toLowerCase();
  if (essence === "application/json" || essence.endsWith("+json")) return "json";
  return essence === "text/event-stream" ? "events" : "other";
}

function join(chunks: readonly Buffer[], size: number): Buffer {
  const whole = borrowBuffer(size);
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(whole, at);
  return whole;
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Serves one dispatch. */
export class ResponseReader implements Dispatcher.DispatchHandler {
  readonly #sink: ResponseSink;
  #controller: Dispatcher.DispatchController | undefined;
  #head: ResponseHead | undefined;
  #parser: SseParser | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #over = false;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** A socket was handed the request: from here on the server may have seen it. */
  get started(): boolean {
    return this.#controller !== undefined;
  }

  get lastEventId(): string {
    return this.#parser?.lastEventId ?? "";
  }

  get retryMs(): number | undefined {
    return this.#parser?.retryMs;
  }

  /** Closes the request without a word to the sink; a request that still waits for a socket is not sent. */
  abort(): void {
    this.#over = true;
    this.#chunks = [];
    this.#controller?.abort(ABORTED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) controller.abort(ABORTED);
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders, text = ""): void {
    if (status < 200 || this.#over) return;
    this.#head = { status, statusText: text, headers };
    if (!isSuccess(status) || mediaType(headers) !== "events") return;
    this.#parser = createSseParser((event) => {
      if (!this.#over) this.#sink.onEvent(event);
    }, MAX_MESSAGE_BYTES);
    this.#sink.onStream(this.#head);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    if (this.#parser === undefined) {
      this.#size += chunk.length;
      this.#chunks.push(chunk);
    }
    if (this.#parser?.push(chunk) === false || this.#size > MAX_MESSAGE_BYTES) this.#refuse();
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    const chunks = this.#chunks;
    if (this.#parser !== undefined || this.#head === undefined) this.#sink.onLoss({ kind: "ended", cause: undefined });
    else if (chunks.length === 1) this.#sink.onBody(this.#head, chunks[0] as Buffer);
    else this.#sink.onBody(this.#head, join(chunks, this.#size));
  }

  onResponseError(_: Dispatcher.DispatchController | null, cause: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink.onLoss({ kind: this.#parser !== undefined ? "ended" : this.started ? "sent" : "unsent", cause });
  }

  #refuse(): void {
    this.abort();
    this.#sink.onLoss(TOO_LARGE);
  }
}
