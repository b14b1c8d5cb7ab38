// Where in a JSON-RPC reply's bytes are its id and its result? A structural scan, not a parse: brackets and strings are
// followed, depth is bounded, and nothing is decoded, so that a large result can pass through untouched.
import { closingQuote, MAX_JSON_DEPTH } from "#lib/json.ts";

export interface ReplyScan {
  /** The id when it is a string without escapes; null for any other id or none. */
  readonly id: string | null;
  /** `none`: the message is a request or a notification. */
  readonly kind: "result" | "error" | "none";
  /** Range of the `result` or `error` value: [start, end). */
  readonly start: number;
  readonly end: number;
  /** Offset of the `}` that closes the result's own `_meta` object, or -1 when it has none. */
  readonly metaEnd: number;
  /** The result's own `isError` is true: a tool error. */
  readonly isError: boolean;
  /** The result's own `resultType`, or null when absent. */
  readonly resultType: string | null;
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** One shared stack of expected closers: scanning is synchronous and never nests. */
const closers = new Uint8Array(MAX_JSON_DEPTH + 1);

/**
 * Scans one JSON-RPC message. Returns undefined when the bytes are not one well-bracketed object, nest deeper than
 * MAX_JSON_DEPTH, or repeat `id`, `result` or `error`.
 */
export function scanReply(bytes: Buffer): ReplyScan | undefined {
  const scan = {
    id: null as string | null,
    kind: "none" as ReplyScan["kind"],
    start: -1,
    end: -1,
    metaEnd: -1,
    isError: false,
    resultType: null as string | null,
  };
  let ids = 0;
  const end = eachMember(bytes, skipSpace(bytes, 0), (key, from) => {
    if (key === "result" || key === "error") {
      if (scan.kind !== "none") return -1;
      scan.kind = key;
      scan.start = from;
      scan.end = key === "result" ? scanResult(bytes, from, scan) : skipValue(bytes, from);
      return scan.end;
    }
    const to = skipValue(bytes, from);
    if (key === "id" && to !== -1) {
      if (ids++ > 0) return -1;
      scan.id = plainString(bytes, from, to);
    }
    return to;
  });
  return end === -1 || skipSpace(bytes, end) !== bytes.length ? undefined : scan;
}

type ResultMarks = { metaEnd: number; isError: boolean; resultType: string | null };

function scanResult(bytes: Buffer, start: number, marks: ResultMarks): number {
  if (bytes[start] !== OPEN_BRACE) return skipValue(bytes, start);
  return eachMember(bytes, start, (key, from) => {
    const to = skipValue(bytes, from);
    if (key === "_meta" && bytes[from] === OPEN_BRACE) marks.metaEnd = to - 1;
    else if (key === "isError") marks.isError = bytes[from] === 0x74;
    else if (key === "resultType" && to !== -1) marks.resultType = plainString(bytes, from, to);
    return to;
  });
}

/** Given a key and where its value starts, answers where the value ends, or -1 to refuse the whole message. */
type Visit = (key: string, from: number) => number;

/** Visits each member of the object that opens at `at`; returns the offset after it, or -1 when malformed or refused. */
function eachMember(bytes: Buffer, at: number, visit: Visit): number {
  if (bytes[at] !== OPEN_BRACE) return -1;
  let cursor = skipSpace(bytes, at + 1);
  if (bytes[cursor] === CLOSE_BRACE) return cursor + 1;
  while (bytes[cursor] === QUOTE) {
    const close = closingQuote(bytes, cursor);
    if (close === -1) return -1;
    const colon = skipSpace(bytes, close + 1);
    if (bytes[colon] !== COLON) return -1;
    const to = visit(keyText(bytes, cursor + 1, close), skipSpace(bytes, colon + 1));
    if (to === -1) return -1;
    cursor = skipSpace(bytes, to);
    if (bytes[cursor] === CLOSE_BRACE) return cursor + 1;
    if (bytes[cursor] !== COMMA) return -1;
    cursor = skipSpace(bytes, cursor + 1);
  }
  return -1;
}

// Only short keys are of interest; a long one is not decoded.
const keyText = (bytes: Buffer, from: number, to: number): string =>
  to - from > 10 ? "" : bytes.toString("latin1", from, to);

function plainString(bytes: Buffer, from: number, to: number): string | null {
  if (bytes[from] !== QUOTE) return null;
  const text = bytes.toString("latin1", from + 1, to - 1);
  return text.includes("\\") ? null : text;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at] as number)) at++;
  return at;
}

function skipValue(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === QUOTE) {
    const close = closingQuote(bytes, at);
    return close === -1 ? -1 : close + 1;
  }
  return byte === OPEN_BRACE || byte === OPEN_BRACKET ? skipNested(bytes, at) : skipLiteral(bytes, at);
}

function skipLiteral(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte)) break;
    at++;
  }
  return at === from ? -1 : at;
}

function skipNested(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = closingQuote(bytes, at);
      if (at === -1) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === MAX_JSON_DEPTH) return -1;
      closers[depth++] = byte + 2;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (closers[--depth] !== byte) return -1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
