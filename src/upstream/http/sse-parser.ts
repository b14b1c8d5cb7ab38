// Which events does a text/event-stream carry? An incremental parser on bytes, after WHATWG HTML 9.2.6:
// LF, CR or CRLF line ends, split anywhere; an event without its closing blank line is never dispatched.
// It must never hold more than `maxBytes` and never decodes data.

export interface SseEvent {
  /** The `event` field; empty when the stream named none. */
  readonly type: string;
  /** Data lines joined by LF. May be a view of the chunk it came in: copy what outlives the callback. */
  readonly data: Buffer;
}

export interface SseParser {
  /** Feeds the next bytes. False: one event grew beyond the limit, and the parser takes nothing more. */
  push(chunk: Buffer): boolean;
  /** Newest event id that a blank line completed; empty when none was sent or the server reset it. */
  readonly lastEventId: string;
  /** Newest `retry` field, in milliseconds. */
  readonly retryMs: number | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const EMPTY = Buffer.alloc(0);
const NEW_LINE = Buffer.from("\n");

/** Longer ids are not kept: they could not travel back in a Last-Event-ID header. */
const MAX_ID_LENGTH = 1024;

/** Calls `onEvent` synchronously, in order, for every event that `push` completes. */
export const createSseParser = (onEvent: (event: SseEvent) => void, maxBytes: number): SseParser =>
  new Parser(onEvent, maxBytes);

class Parser implements SseParser {
  lastEventId = "";
  retryMs: number | undefined;
  readonly #onEvent: (event: SseEvent) => void;
  readonly #maxBytes: number;
  /** Pieces of the line that has not ended yet. */
  #partial: Buffer[] = [];
  #data: Buffer[] = [];
  #type = "";
  #idBuffer = "";
  /** Bytes held by the unfinished line and the unfinished event. */
  #held = 0;
  #firstLine = true;
  #skipLf = false;
  #dead = false;

  constructor(onEvent: (event: SseEvent) => void, maxBytes: number) {
    this.#onEvent = onEvent;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): boolean {
    let from = 0;
    if (this.#skipLf && chunk.length > 0) {
      if (chunk[0] === LF) from = 1;
      this.#skipLf = false;
    }
    let cr = chunk.indexOf(CR, from);
    while (!this.#dead) {
      const lf = chunk.indexOf(LF, from);
      if (cr !== -1 && cr < from) cr = chunk.indexOf(CR, from);
      const end = cr !== -1 && (lf === -1 || cr < lf) ? cr : lf;
      if (end === -1) return this.#keep(chunk, from);
      this.#line(this.#whole(chunk.subarray(from, end)));
      from = end + 1;
      if (end !== cr) continue;
      if (from === chunk.length) this.#skipLf = true;
      else if (chunk[from] === LF) from++;
    }
    return false;
  }

  #keep(chunk: Buffer, from: number): boolean {
    if (from === chunk.length) return true;
    this.#partial.push(from === 0 ? chunk : chunk.subarray(from));
    return this.#hold(chunk.length - from);
  }

  #hold(bytes: number): boolean {
    this.#held += bytes;
    if (this.#held <= this.#maxBytes) return true;
    this.#dead = true;
    this.#partial = [];
    this.#data = [];
    return false;
  }

  #whole(tail: Buffer): Buffer {
    if (this.#partial.length === 0) return tail;
    const line = Buffer.concat([...this.#partial, tail]);
    for (const piece of this.#partial) this.#held -= piece.length;
    this.#partial = [];
    return line;
  }

  #line(raw: Buffer): void {
    let line = raw;
    if (this.#firstLine) {
      this.#firstLine = false;
      if (line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf) line = line.subarray(3);
    }
    if (line.length === 0) this.#dispatch();
    const colon = line.indexOf(COLON);
    // Comments start with a colon. Known field names have at most five letters; the others are not even decoded.
    if (line.length === 0 || colon === 0 || colon > 5 || (colon === -1 && line.length > 5)) return;
    const name = line.toString("latin1", 0, colon === -1 ? line.length : colon);
    const start = colon === -1 ? line.length : line[colon + 1] === SPACE ? colon + 2 : colon + 1;
    this.#field(name, line.subarray(start));
  }

  #field(name: string, value: Buffer): void {
    if (name === "data") {
      // An empty data line costs memory too, so it counts as one byte.
      if (this.#hold(value.length + 1)) this.#data.push(value);
    } else if (name === "event") {
      this.#type = value.toString("utf8", 0, 256);
    } else if (name === "id") {
      if (value.length <= MAX_ID_LENGTH && !value.includes(0)) this.#idBuffer = value.toString("utf8");
    } else if (name === "retry" && value.length > 0 && value.length < 10) {
      const digits = value.toString("latin1");
      if (/^\d+$/.test(digits)) this.retryMs = Number(digits);
    }
  }

  #dispatch(): void {
    this.lastEventId = this.#idBuffer;
    const lines = this.#data;
    const type = this.#type;
    this.#type = "";
    this.#held = 0;
    if (lines.length === 0) return;
    this.#data = [];
    this.#onEvent({ type, data: lines.length === 1 ? (lines[0] ?? EMPTY) : joinLines(lines) });
  }
}

const joinLines = (lines: readonly Buffer[]): Buffer =>
  Buffer.concat(lines.flatMap((line, at) => (at === 0 ? [line] : [NEW_LINE, line])));
