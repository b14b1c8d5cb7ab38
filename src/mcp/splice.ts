// How does an upstream's reply become the downstream's, without parsing the result? The envelope is replaced around its bytes.
import { META, type RequestId } from "./protocol.ts";
import type { ReplyScan } from "./scan.ts";

export interface SpliceOptions {
  readonly id: RequestId;
  /** Written as `_meta["omni2/call"]`; undefined leaves the result's `_meta` alone. */
  readonly callId: string | undefined;
  /** JSON members added to a result that has no `resultType`: what modern callers need and legacy upstreams leave out. */
  readonly extraMembers: string;
}

const CLOSE_BRACE = 0x7d;

/** The whole reply for the downstream, in pieces to be written one after the other. `bytes` must have been scanned as `scan`. */
export function spliceReply(bytes: Buffer, scan: ReplyScan, options: SpliceOptions): Buffer[] {
  const opening = `{"jsonrpc":"2.0","id":${JSON.stringify(options.id)},"${scan.kind}":`;
  if (scan.kind !== "result" || bytes[scan.start] !== 0x7b) return join(opening, bytes.subarray(scan.start, scan.end));
  const added = scan.resultType === null ? options.extraMembers : "";
  if (options.callId === undefined) return insert(`${opening}{`, added, bytes.subarray(scan.start + 1, scan.end));
  const mark = `"${META.call}":"${options.callId}"`;
  if (scan.metaAt === -1) {
    const members = added === "" ? `"_meta":{${mark}}` : `${added},"_meta":{${mark}}`;
    return insert(`${opening}{`, members, bytes.subarray(scan.start + 1, scan.end));
  }
  const head = insertText(`${opening}{`, added, bytes.subarray(scan.start + 1, scan.metaAt));
  return insert(head, mark, bytes.subarray(scan.metaAt, scan.end));
}

const comma = (members: string, rest: Buffer): string =>
  members !== "" && firstToken(rest) !== CLOSE_BRACE ? `${members},` : members;

const insertText = (head: string, members: string, rest: Buffer): string =>
  head + comma(members, rest) + rest.toString("utf8");

const insert = (head: string, members: string, rest: Buffer): Buffer[] => join(head + comma(members, rest), rest);

function firstToken(bytes: Buffer): number | undefined {
  for (const byte of bytes) if (byte > 0x20) return byte;
  return undefined;
}

const CLOSING = Buffer.from("}");
/** Above this, copying costs more than writing in pieces. */
const COPY_LIMIT = 8_192;

function join(head: string, value: Buffer): Buffer[] {
  const headBytes = Buffer.byteLength(head);
  if (value.length > COPY_LIMIT) return [Buffer.from(head), value, CLOSING];
  const whole = Buffer.allocUnsafe(headBytes + value.length + 1);
  whole.write(head, 0, "utf8");
  value.copy(whole, headBytes);
  whole[whole.length - 1] = CLOSE_BRACE;
  return [whole];
}
