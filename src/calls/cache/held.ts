// How is one answer held while it is kept? Without the envelope that it came in: a short one as text on the heap, any other in
// pages outside of it.
import { returnBuffer } from "#lib/buffer-pool.ts";
import type { ReplyScan } from "#mcp/scan.ts";
import type { Reply } from "#upstream/transport.ts";
import { Pages, type Place } from "./pages.ts";

export interface Held {
  /** Bytes that it takes. */
  readonly size: number;
  /** The answer for one caller, who may hand its buffer back. */
  readonly reply: Reply;
}

/**
 * Bytes of an answer up to which it is a text: a buffer or a page would cost more than what is in it. Of longer ones the heap would
 * take several times their size, since it lets them lie for a while when they are dropped: 67 MB of answers of 2 KB were seen to
 * take 143 MB, of 8 KB 305 MB, of 500 bytes less than what is counted (Node 24).
 */
const MAX_TEXT = 512;
/** Up to this, an answer lies in small pages. */
const MAX_SMALL = 8_192;
const SMALL_PAGE = 512;
const LARGE_PAGE = 4_096;

/** Where all answers of one cache are held. */
export class Holder {
  readonly #small = new Pages(SMALL_PAGE);
  readonly #large = new Pages(LARGE_PAGE);

  /** Bytes of all pages, whether anything is in them or not. */
  get bytes(): number {
    return this.#small.bytes + this.#large.bytes;
  }

  /** A copy of the reply's result or error. */
  hold(reply: Reply): Held {
    const own = asText(reply);
    if (own instanceof TextReply) return own;
    return new PagedReply(own, own.scan.end - own.scan.start > MAX_SMALL ? this.#large : this.#small);
  }
}

/** The largest answer that takes no more than so many bytes. */
export function largestWithin(bytes: number): number {
  if (bytes <= MAX_TEXT) return bytes;
  return bytes - (bytes % (bytes > MAX_SMALL ? LARGE_PAGE : SMALL_PAGE));
}

/** A short reply as the text that it is held as, for whoever goes on with it; any other as it is. */
export function asText(reply: Reply): Reply {
  const { start, end } = reply.scan;
  if (reply instanceof TextReply || end - start > MAX_TEXT) return reply;
  // One so short is hardly ever lent; if it is, the garbage collector has its buffer.
  return new TextReply(reply.bytes.toString("latin1", start, end), reply.scan);
}

/** A copy of the reply's result or error that many may read; the reply itself is not to be read any more. */
export function sharedCopy(reply: Reply): Reply {
  const own = asText(reply);
  if (own instanceof TextReply) return own;
  const { bytes, scan } = reply;
  const copy = Buffer.allocUnsafeSlow(scan.end - scan.start);
  bytes.copy(copy, 0, scan.start, scan.end);
  returnBuffer(bytes);
  return { bytes: copy, scan: new OwnScan(scan) };
}

/** Where the parts of a reply are that is nothing but its result or error. */
class OwnScan implements ReplyScan {
  readonly id = null;
  readonly kind: ReplyScan["kind"];
  readonly start = 0;
  readonly end: number;
  readonly metaEnd: number;
  readonly isError: boolean;
  readonly resultType: string | null;

  constructor({ kind, start, end, metaEnd, isError, resultType }: ReplyScan) {
    this.kind = kind;
    this.end = end - start;
    this.metaEnd = metaEnd === -1 ? -1 : metaEnd - start;
    this.isError = isError;
    this.resultType = resultType;
  }
}

/** Tells of itself where its parts are: the fewer objects are kept, the less has the garbage collector to do. */
class TextReply extends OwnScan implements Reply, Held {
  readonly text: string;

  constructor(text: string, scan: ReplyScan) {
    super(scan);
    this.text = text;
  }

  get scan(): ReplyScan {
    return this;
  }

  get size(): number {
    return this.text.length;
  }

  get reply(): Reply {
    return this;
  }

  get bytes(): Buffer {
    return Buffer.from(this.text, "latin1");
  }
}

/** What lies in pages is written over when it is dropped: everybody who asks gets a copy. */
export class PagedReply implements Held {
  readonly #pages: Pages;
  readonly #place: Place;
  readonly #scan: ReplyScan;

  constructor({ bytes, scan }: Reply, pages: Pages) {
    this.#pages = pages;
    this.#place = pages.store(bytes, scan.start, scan.end);
    this.#scan = new OwnScan(scan);
  }

  get size(): number {
    return this.#place.length * this.#pages.pageBytes;
  }

  get reply(): Reply {
    return { bytes: this.#pages.read(this.#place, this.#scan.end), scan: this.#scan };
  }

  /** Gives its room back; it is not to be read any more. */
  free(): void {
    this.#pages.free(this.#place);
  }
}
