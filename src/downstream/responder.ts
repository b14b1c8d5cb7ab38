// How does one POST get its answer? As JSON, or as an event stream from the first notification that precedes the answer.
import type { ServerResponse } from "node:http";
import type { JsonObject } from "#lib/json.ts";
import type { Cancel, World } from "#lib/world.ts";
import { bytewise, type Piece } from "#mcp/splice.ts";

/** While this much waits to be read, notifications are left out; the answer never is. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** A reader that has taken nothing for so long while that much waits is cut off, in milliseconds. */
const STUCK_MS = 5_000;
/** So many progress notifications of one call pass at once; then one in this many milliseconds, the newest standing for those between. */
const PROGRESS_BURST = 20;
const PROGRESS_EVERY_MS = 50;
/** Proxies and clients drop streams that stay silent longer. */
export const KEEP_ALIVE_MS = 15_000;

export const SSE_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
} as const;

export class Responder {
  readonly #res: ServerResponse;
  readonly #world: World;
  #cancelKeepAlive: Cancel = () => {};
  #streaming = false;
  #progress: JsonObject | undefined;
  #cancelProgress: Cancel | undefined;
  #progressLeft = PROGRESS_BURST;
  #stuckSince: number | undefined;

  constructor(res: ServerResponse, world: World) {
    this.#res = res;
    this.#world = world;
  }

  setHeader(name: string, value: string): void {
    this.#res.setHeader(name, value);
  }

  /** Calls back when the client goes away before its answer is complete. */
  onGone(gone: () => void): void {
    this.#res.on("close", () => {
      if (!this.#res.writableFinished) gone();
    });
  }

  /** Sends a notification ahead of the answer. */
  notify(method: string, params: JsonObject): void {
    if (this.#res.writableEnded || this.#res.destroyed) return;
    if (!this.#streaming) this.#openStream();
    if (method === PROGRESS) this.#tellProgress(params);
    else this.#write(eventOf(method, params));
  }

  /** The whole JSON-RPC answer; on a stream it is the last event. */
  finish(body: string, status = 200): void {
    this.finishPieces([bytewise(body)], status);
  }

  /** The same, in pieces that are written one after the other; `written` is called when they are no longer needed. */
  finishPieces(pieces: readonly Piece[], status = 200, written?: () => void): void {
    this.#cancelKeepAlive();
    if (this.#res.writableEnded || this.#res.destroyed) return;
    this.#flushProgress();
    if (this.#streaming) {
      const whole = Buffer.concat(
        pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)),
      );
      this.#res.end(Buffer.concat([Buffer.from("data: "), oneLine(whole), Buffer.from("\n\n")]));
      return;
    }
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#res.writeHead(status, { "content-type": "application/json", "content-length": length });
    for (let at = 0; at < pieces.length - 1; at++) this.#res.write(pieces[at], "latin1");
    this.#res.end(pieces[pieces.length - 1], "latin1", written);
  }

  /** An answer without a body. */
  empty(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.#res.writeHead(status, { ...headers, "content-length": "0" });
    this.#res.end();
  }

  #openStream(): void {
    this.#streaming = true;
    this.#res.writeHead(200, SSE_HEADERS);
    this.#keepAlive();
  }

  #keepAlive(): void {
    this.#cancelKeepAlive = this.#world.after(KEEP_ALIVE_MS, () => {
      this.#write(": keep-alive\n\n");
      this.#keepAlive();
    });
  }

  // One token per call, so the newest progress says all that the ones before it said.
  #tellProgress(params: JsonObject): void {
    this.#progress = params;
    if (this.#progressLeft > 0) {
      this.#progressLeft--;
      this.#writeProgress();
    }
    this.#cancelProgress ??= this.#world.after(PROGRESS_EVERY_MS, () => this.#refillProgress());
  }

  #refillProgress(): void {
    this.#cancelProgress = undefined;
    if (this.#progress !== undefined) this.#writeProgress();
    else if (this.#progressLeft++ >= PROGRESS_BURST - 1) return;
    this.#cancelProgress = this.#world.after(PROGRESS_EVERY_MS, () => this.#refillProgress());
  }

  #flushProgress(): void {
    this.#cancelProgress?.();
    this.#cancelProgress = undefined;
    this.#writeProgress();
  }

  #writeProgress(): void {
    if (this.#progress === undefined) return;
    this.#write(eventOf(PROGRESS, this.#progress));
    this.#progress = undefined;
  }

  #write(text: string): void {
    if (this.#res.writableEnded || this.#res.destroyed) return;
    if (this.#res.writableLength <= MAX_BUFFERED_BYTES) this.#noteFlow(this.#res.write(text));
    else if (this.#world.now() - (this.#stuckSince ?? this.#world.now()) > STUCK_MS) this.#res.destroy();
  }

  #noteFlow(flows: boolean): void {
    if (flows || this.#stuckSince !== undefined) return;
    this.#stuckSince = this.#world.now();
    this.#res.once("drain", () => {
      this.#stuckSince = undefined;
    });
  }
}

const PROGRESS = "notifications/progress";

const eventOf = (method: string, params: JsonObject): string =>
  `data: ${JSON.stringify({ jsonrpc: "2.0", method, params })}\n\n`;

// An event's data is one line; only an upstream's pretty-printed JSON has more. In JSON a raw line break is white space,
// so a blank takes its place and every number stays as it was written. `body` is a copy of ours.
function oneLine(body: Buffer): Buffer {
  for (const lineBreak of [0x0a, 0x0d]) {
    for (let at = body.indexOf(lineBreak); at !== -1; at = body.indexOf(lineBreak, at)) body[at] = 0x20;
  }
  return body;
}
