// How are bytes from a PostgreSQL client cut into units that can be executed? Pure framing; executes nothing.
// Source: PostgreSQL documentation, "Frontend/Backend Protocol", message formats.

/** Larger messages are refused; the largest row the store writes is far below. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

export type Startup =
  | { readonly type: "more" }
  /** SSL or GSS encryption was asked for; the answer is the byte `N`. */
  | { readonly type: "encryption"; readonly bytes: number }
  | { readonly type: "startup"; readonly bytes: number }
  /** A cancel request or an unknown version; the connection ends. */
  | { readonly type: "refused" };

const CODES: Record<number, "encryption" | "startup"> = {
  80877103: "encryption",
  80877104: "encryption",
  196608: "startup",
};

/** What the first bytes of a connection ask for. */
export function readStartup(buffer: Buffer): Startup {
  if (buffer.length < 8) return { type: "more" };
  const bytes = buffer.readInt32BE(0);
  const type = CODES[buffer.readInt32BE(4)];
  if (type === undefined || bytes < 8 || bytes > 10_000) return { type: "refused" };
  return buffer.length < bytes ? { type: "more" } : { type, bytes };
}

export interface Batch {
  /** Whole messages up to and including the last one that asks for an answer; 0 when there is none yet. */
  readonly bytes: number;
  /** Length the buffer must have before it is worth another look. */
  readonly wants: number;
  /** The client says goodbye. */
  readonly ends: boolean;
}

const QUERY = 0x51;
const SYNC = 0x53;
const TERMINATE = 0x58;

/** How much of the buffer can be executed now, or null when a message is larger than allowed or malformed. */
export function readBatch(buffer: Buffer): Batch | null {
  let bytes = 0;
  let at = 0;
  while (at + 5 <= buffer.length) {
    const length = 1 + buffer.readInt32BE(at + 1);
    if (length < 5 || length > MAX_MESSAGE_BYTES) return null;
    if (buffer[at] === TERMINATE) return { bytes, wants: 0, ends: true };
    if (at + length > buffer.length) return { bytes, wants: at + length - bytes, ends: false };
    const asks = buffer[at] === QUERY || buffer[at] === SYNC;
    at += length;
    if (asks) bytes = at;
  }
  return { bytes, wants: at + 5 - bytes, ends: false };
}

/** Whether an answer ends with ReadyForQuery outside any transaction. */
export function isIdleAnswer(answer: Uint8Array): boolean {
  const at = answer.length - 6;
  return at >= 0 && answer[at] === 0x5a && answer[at + 5] === 0x49;
}

/** A simple query message. */
export function queryMessage(sql: string): Buffer {
  const message = Buffer.alloc(6 + Buffer.byteLength(sql));
  message[0] = QUERY;
  message.writeInt32BE(message.length - 1, 1);
  message.write(sql, 5);
  return message;
}

/** A FATAL error response, sent before a connection is closed. */
export function fatalMessage(sqlState: string, text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${text}\0\0`);
  const head = Buffer.alloc(5);
  head[0] = 0x45;
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
