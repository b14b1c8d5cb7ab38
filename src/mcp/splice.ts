// How does an upstream's reply become the downstream's, without parsing the result? The envelope is replaced around its bytes.
import type { RequestId } from "./protocol.ts";
import type { ReplyScan } from "./scan.ts";

export interface SpliceOptions {
  readonly id: RequestId;
  /** JSON members for the result's `_meta`; undefined leaves it alone. */
  readonly mark: string | undefined;
  /** JSON members added to a result that has no `resultType`: what modern callers need and legacy upstreams leave out. */
  readonly extraMembers: string;
}

/** A reply that was scanned, as bytes or, where it is held so, as a text of one byte per character. */
export interface Scanned {
  readonly bytes: Buffer;
  readonly scan: ReplyScan;
  readonly text?: string | undefined;
}

/**
 * Bytes to be written. A text holds one byte in each of its characters (`latin1`): the HTTP server sends it together with the
 * headers in one piece, which for small answers costs less than anything else that is done to them.
 */
export type Piece = Buffer | string;

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const CLOSING = "}";
/** Above this, copying costs more than writing in pieces. */
export const COPY_LIMIT = 8_192;

/** The whole reply for the downstream, in pieces to be written one after the other. */
export function spliceReply(reply: Scanned, options: SpliceOptions): Piece[] {
  const { scan } = reply;
  const opening = `{"jsonrpc":"2.0","id":${bytewise(JSON.stringify(options.id))},"${scan.kind}":`;
  const value = valueIn(reply);
  const { length } = value;
  if (scan.kind !== "result" || codeAt(value, 0) !== OPEN_BRACE) return written([opening, value, CLOSING]);
  const { mark } = options;
  const added = scan.resultType === null ? options.extraMembers : "";
  if (mark !== undefined && scan.metaEnd !== -1) {
    const metaEnd = scan.metaEnd - scan.start;
    // Last in the result's own `_meta`: of two members with one name the last counts, and a gateway behind us has marked it too.
    const members = codeAt(value, lastToken(value, metaEnd)) === OPEN_BRACE ? mark : `,${mark}`;
    const head = `${opening}{${comma(added, value)}`;
    return written([head, slice(value, 1, metaEnd), members, slice(value, metaEnd, length), CLOSING]);
  }
  const meta = mark === undefined ? "" : `"_meta":{${mark}}`;
  const members = added !== "" && meta !== "" ? `${added},${meta}` : added + meta;
  return written([`${opening}{${comma(members, value)}`, slice(value, 1, length), CLOSING]);
}

/** A text as one character per byte of its UTF-8 form. */
export function bytewise(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters whose UTF-8 form is themselves.
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text).toString("latin1");
}

/** A small value as text, a large one as the bytes that it lies in. */
function valueIn(reply: Scanned): Piece {
  const { start, end } = reply.scan;
  if (reply.text !== undefined) return reply.text.slice(start, end);
  return end - start > COPY_LIMIT ? reply.bytes.subarray(start, end) : reply.bytes.toString("latin1", start, end);
}

const codeAt = (value: Piece, at: number): number | undefined =>
  typeof value === "string" ? value.charCodeAt(at) : value[at];

const slice = (value: Piece, from: number, to: number): Piece =>
  typeof value === "string" ? value.slice(from, to) : value.subarray(from, to);

function written(pieces: readonly Piece[]): Piece[] {
  let whole = "";
  for (const piece of pieces) {
    if (typeof piece !== "string") return [...pieces];
    whole += piece;
  }
  return [whole];
}

/** The members, and what parts them from those that the object has already. */
const comma = (members: string, object: Piece): string =>
  members !== "" && codeAt(object, nextToken(object)) !== CLOSE_BRACE ? `${members},` : members;

function nextToken(object: Piece): number {
  let at = 1;
  while (isSpace(codeAt(object, at))) at++;
  return at;
}

function lastToken(value: Piece, before: number): number {
  let at = before - 1;
  while (isSpace(codeAt(value, at))) at--;
  return at;
}

const isSpace = (code: number | undefined): boolean => code !== undefined && code <= 0x20;
