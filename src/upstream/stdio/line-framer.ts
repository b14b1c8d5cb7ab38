// Where does one message end and the next begin in a byte stream of newline-delimited JSON? Works on bytes only:
// it never decodes, and joins chunks only when a line spans them.

export interface LineFramer {
  /** Hands every complete line of the stream so far to `onLine`, in order, before it returns. */
  push(chunk: Buffer): void;
}

export interface LineFramerOptions {
  /** Longest line accepted, in bytes, without its ending. */
  readonly maxLineBytes: number;
  /** One line without its ending (LF or CRLF) and without a byte order mark; never empty. It may be a view of a larger chunk. */
  readonly onLine: (line: Buffer) => void;
  /** Called once when a line grows past `maxLineBytes`; everything after is ignored. */
  readonly onOverflow: () => void;
}

const LF = 0x0a;
const CR = 0x0d;
const SMALLEST_CARRY_BYTES = 4096;
const NOTHING = Buffer.alloc(0);

export function createLineFramer(options: LineFramerOptions): LineFramer {
  const { maxLineBytes, onLine, onOverflow } = options;
  let carry = NOTHING;
  let carried = 0;
  let overflowed = false;

  const keep = (part: Buffer): void => {
    const needed = carried + part.length;
    if (needed > carry.length) {
      // Doubling keeps a line that drips in byte by byte linear in time.
      const grown = Buffer.allocUnsafeSlow(Math.max(SMALLEST_CARRY_BYTES, needed + needed));
      carry.copy(grown, 0, 0, carried);
      carry = grown;
    }
    part.copy(carry, carried);
    carried = needed;
  };
  const takeCarried = (): Buffer => {
    const line = carry.subarray(0, carried);
    carry = NOTHING;
    carried = 0;
    return line;
  };
  // A line of exactly the limit may still be followed by the CR of a CRLF.
  const tooLong = (bytes: number): boolean => bytes > maxLineBytes + 1;
  const overflow = (): void => {
    overflowed = true;
    takeCarried();
    onOverflow();
  };
  const emit = (raw: Buffer): void => {
    const line = trim(raw);
    if (line.length > maxLineBytes) overflow();
    else if (line.length > 0) onLine(line);
  };

  return {
    push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(LF); at !== -1 && !overflowed; at = chunk.indexOf(LF, from)) {
        const part = chunk.subarray(from, at);
        from = at + 1;
        if (tooLong(carried + part.length)) return overflow();
        if (carried === 0) emit(part);
        else {
          keep(part);
          emit(takeCarried());
        }
      }
      if (overflowed || from === chunk.length) return;
      const rest = from === 0 ? chunk : chunk.subarray(from);
      if (tooLong(carried + rest.length)) overflow();
      else keep(rest);
    },
  };
}

function trim(line: Buffer): Buffer {
  const start = line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? 3 : 0;
  const end = line[line.length - 1] === CR ? line.length - 1 : line.length;
  return start === 0 && end === line.length ? line : line.subarray(start, Math.max(start, end));
}
