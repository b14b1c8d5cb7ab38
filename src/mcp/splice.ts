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

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Bytes to be written. A text holds one byte in each of its characters (`latin1`): the HTTP server sends it together with the
 * headers in one piece, which for small answers costs less than anything else that is done to them.
 */
export type Piece = Buffer | string;

/** The whole reply for the downstream, in pieces to be written one after the other. `bytes` must have been scanned as `scan`. */
export function spliceReply(bytes: Buffer, scan: ReplyScan, options: SpliceOptions): Piece[] {
  const opening = `{"jsonrpc":"2.0","id":${bytewise(JSON.stringify(options.id))},"${scan.kind}":`;
  if (scan.kind !== "result" || bytes[scan.start] !== OPEN_BRACE)
    return joined(opening, bytes.subarray(scan.start, scan.end));
  const added = scan.resultType === null ? options.extraMembers : "";
  const { mark } = options;
  if (mark === undefined) return insert(`${opening}{`, added, bytes.subarray(scan.start + 1, scan.end));
  if (scan.metaEnd !== -1) return markMeta(`${opening}{`, { bytes, scan, added, mark });
  const members = added === "" ? `"_meta":{${mark}}` : `${added},"_meta":{${mark}}`;
  return insert(`${opening}{`, members, bytes.subarray(scan.start + 1, scan.end));
}

/** A text as one character per byte of its UTF-8 form. */
export function bytewise(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters whose UTF-8 form is themselves.
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text).toString("latin1");
}

interface Marking {
  readonly bytes: Buffer;
  readonly scan: ReplyScan;
  readonly added: string;
  readonly mark: string;
}

// Last in the result's own `_meta`: of two members with one name the last counts, and a gateway behind us has marked it too.
function markMeta(head: string, { bytes, scan, added, mark }: Marking): Piece[] {
  const before = bytes.subarray(scan.start + 1, scan.metaEnd);
  const after = bytes.subarray(scan.metaEnd, scan.end);
  const opening = head + comma(added, before);
  const meta = lastToken(before) === OPEN_BRACE ? mark : `,${mark}`;
  if (before.length + after.length > COPY_LIMIT) return [opening, before, meta, after, CLOSING];
  return [opening + before.toString("latin1") + meta + after.toString("latin1") + CLOSING];
}

const comma = (members: string, rest: Buffer): string =>
  members !== "" && firstToken(rest) !== CLOSE_BRACE ? `${members},` : members;

const insert = (head: string, members: string, rest: Buffer): Piece[] => joined(head + comma(members, rest), rest);

function firstToken(bytes: Buffer): number | undefined {
  for (const byte of bytes) if (byte > 0x20) return byte;
  return undefined;
}

function lastToken(bytes: Buffer): number | undefined {
  let at = bytes.length - 1;
  while (at >= 0 && (bytes[at] as number) <= 0x20) at--;
  return bytes[at];
}

const CLOSING = "}";
/** Above this, copying costs more than writing in pieces. */
const COPY_LIMIT = 8_192;

const joined = (head: string, value: Buffer): Piece[] =>
  value.length > COPY_LIMIT ? [head, value, CLOSING] : [head + value.toString("latin1") + CLOSING];
