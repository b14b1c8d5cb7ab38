// What is one case of the protocol suite, and in which words are its frames written down?
import { type FrameSpec, OPCODE } from "./frame.ts";
import { type Chop, type End, pongFrame } from "./raw.ts";

export interface Case {
  readonly id: string;
  readonly title: string;
  readonly frames: readonly FrameSpec[];
  /** Default: whole. */
  readonly chop?: Chop;
  /** What the gateway says to it, in order; default nothing. */
  readonly answers?: readonly string[];
  /** How the gateway ends the connection; default: it stays open and useful. */
  readonly end?: End;
}

/** A request that is answered with `pong`. */
export const ASK = '{"action":"ping"}';
/** Longer than what the gateway takes is refused with 1009. */
export const MAX_MESSAGE_BYTES = 16 * 1024;
/** More fragments than these are refused with 1008. */
export const MAX_FRAGMENTS = 16;

export const BROKEN = 1002;
export const BAD_TEXT = 1007;
export const TOO_MANY_PARTS = 1008;
export const TOO_BIG = 1009;

type More = Omit<FrameSpec, "opcode" | "payload">;

export const text = (payload: string | Buffer = ASK, more: More = {}): FrameSpec => ({
  opcode: OPCODE.text,
  payload,
  ...more,
});
export const binary = (payload: string | Buffer, more: More = {}): FrameSpec => ({
  opcode: OPCODE.binary,
  payload,
  ...more,
});
export const ping = (payload: string | Buffer = "", more: More = {}): FrameSpec => ({
  opcode: OPCODE.ping,
  payload,
  ...more,
});
export const pong = (payload: string | Buffer = "", more: More = {}): FrameSpec => ({
  opcode: OPCODE.pong,
  payload,
  ...more,
});
export const continuation = (payload: string | Buffer = "", more: More = {}): FrameSpec => ({
  opcode: OPCODE.continuation,
  payload,
  ...more,
});

/** A close frame; without a code its payload is empty. */
export function close(code?: number, reason: string | Buffer = ""): FrameSpec {
  if (code === undefined) return { opcode: OPCODE.close };
  return { opcode: OPCODE.close, payload: Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]) };
}

/** `ASK` with spaces behind it, so many bytes long. */
export const padded = (length: number): string => ASK.padEnd(length);

/** One message in several frames. */
export function fragments(parts: readonly (string | Buffer)[], opcode: number = OPCODE.text): FrameSpec[] {
  return parts.map((payload, at) => ({
    opcode: at === 0 ? opcode : OPCODE.continuation,
    payload,
    fin: at === parts.length - 1,
  }));
}

/** The bytes in parts of `size`. */
export function partsOf(bytes: string | Buffer, size: number): Buffer[] {
  const all = Buffer.from(bytes);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.subarray(at * size, (at + 1) * size));
}

/** The answer to a ping frame with this payload. */
export const answerTo = pongFrame;
