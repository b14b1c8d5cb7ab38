// How does a WebSocket frame look on the wire (RFC 6455, 5.2)? Writes any frame, legal or not; reads those of the gateway,
// which must be legal.

/** One frame from the client. */
export interface FrameSpec {
  readonly opcode: number;
  readonly payload?: string | Buffer;
  /** Whether the message ends here; default true. */
  readonly fin?: boolean;
  /** The three reserved bits as a number from 0 to 7. */
  readonly rsv?: number;
  /** Null for a frame without a mask. */
  readonly mask?: readonly [number, number, number, number] | null;
  /** The length that the header states in eight bytes, whatever the payload's is. */
  readonly statedLength?: bigint;
}

/** One frame from the gateway. */
export interface ReadFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;
const EMPTY = Buffer.alloc(0);

function lengthField(length: number, stated: bigint | undefined, maskBit: number): Buffer {
  if (stated === undefined && length < 126) return Buffer.from([maskBit | length]);
  if (stated === undefined && length < 65_536) {
    const field = Buffer.from([maskBit | 126, 0, 0]);
    field.writeUInt16BE(length, 1);
    return field;
  }
  const field = Buffer.alloc(9, maskBit | 127);
  field.writeBigUInt64BE(stated ?? BigInt(length), 1);
  return field;
}

/** The bytes of one frame. */
export function encodeFrame(spec: FrameSpec): Buffer {
  const { opcode, fin = true, rsv = 0, mask = MASK, statedLength } = spec;
  const payload = Buffer.from(spec.payload ?? EMPTY);
  const first = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]);
  const length = lengthField(payload.length, statedLength, mask === null ? 0 : 0x80);
  if (mask === null) return Buffer.concat([first, length, payload]);
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] as number));
  return Buffer.concat([first, length, Buffer.from(mask), masked]);
}

/** What a server must not send; undefined when the first two bytes are fine. */
function illegality(first: number, second: number): string | undefined {
  const opcode = first & 0x0f;
  if ((first & 0x70) !== 0) return "a reserved bit";
  if ((second & 0x80) !== 0) return "a mask";
  if (!(Object.values(OPCODE) as number[]).includes(opcode)) return `the opcode ${opcode}`;
  if (opcode >= 8 && (first & 0x80) === 0) return "a fragmented control frame";
  if (opcode >= 8 && (second & 0x7f) > 125) return "a control frame of more than 125 bytes";
  // The gateway sends each message whole; what reads its frames here relies on that.
  if (opcode === 0 || (first & 0x80) === 0) return "a fragment";
  return undefined;
}

/** Takes bytes as they come and answers the frames that are complete; throws on an illegal one. */
export function frameReader(): (chunk: Buffer) => ReadFrame[] {
  let rest: Buffer = EMPTY;

  const next = (): ReadFrame | undefined => {
    if (rest.length < 2) return undefined;
    const [first, second] = [rest.readUInt8(0), rest.readUInt8(1)];
    const illegal = illegality(first, second);
    if (illegal !== undefined) throw new Error(`the gateway sent ${illegal}`);
    const short = second & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (rest.length < start) return undefined;
    const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    if (rest.length < start + length) return undefined;
    const payload = rest.subarray(start, start + length);
    rest = rest.subarray(start + length);
    return { opcode: first & 0x0f, payload };
  };

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: ReadFrame[] = [];
    for (let frame = next(); frame !== undefined; frame = next()) frames.push(frame);
    return frames;
  };
}
