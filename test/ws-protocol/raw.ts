// How does a test speak WebSocket without a WebSocket library? A TCP connection, a handshake by hand, and a record of what
// the gateway sends.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { encodeFrame, type FrameSpec, frameReader, OPCODE, type ReadFrame } from "./frame.ts";

/** How bytes are written: at once, a frame at a time, or so many bytes at a time. */
export type Chop = "whole" | "frames" | number;

/** How a connection ended: by a close frame with this code, by one without, or with none at all. */
export type End = number | "no code" | "dropped";

export interface Door {
  readonly url: string;
  readonly token: string;
}

export interface RawSocket {
  readonly socket: Socket;
  /** What the gateway said, in order: `pong`, `error`, `metadata`, and the pong frames as `pongFrame` names them. */
  readonly answers: string[];
  /** Undefined while the connection is open. */
  readonly end: () => End | undefined;
  /** Writes frames until the connection is closed. */
  send(frames: readonly FrameSpec[], chop?: Chop): Promise<void>;
  /** Resolves as soon as `done` holds or the connection is closed. */
  settled(done?: () => boolean): Promise<void>;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const ANSWER_TYPES: ReadonlySet<string> = new Set(["pong", "error", "metadata"]);
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** How `answers` names a pong frame with this payload. */
export const pongFrame = (payload: string | Buffer = ""): string =>
  `pong frame [${Buffer.from(payload).toString("hex")}]`;

/** The lines of a correct handshake; the test may leave out, replace or add some. */
export function handshakeHeaders({ url, token }: Door): Record<string, string> {
  return {
    Host: new URL(url).host,
    Authorization: `Bearer ${token}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
  };
}

/** The bytes of a request, with these headers and nothing else. */
export const requestText = (line: string, headers: Readonly<Record<string, string>>): string =>
  `${[line, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;

/** A connection to the gateway that writes without delay and never throws. */
export async function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, "connect");
  socket.on("error", () => {});
  return socket;
}

function pieces(frames: readonly FrameSpec[], chop: Chop): Buffer[] {
  const encoded = frames.map(encodeFrame);
  if (chop === "frames") return encoded;
  const all = Buffer.concat(encoded);
  if (chop === "whole") return [all];
  return Array.from({ length: Math.ceil(all.length / chop) }, (_, at) => all.subarray(at * chop, (at + 1) * chop));
}

async function write(socket: Socket, bytes: readonly Buffer[], paced: boolean): Promise<void> {
  for (const piece of bytes) {
    if (!socket.writable) return;
    await new Promise<void>((written) => socket.write(piece, () => written()));
    // A moment between the pieces, so that the gateway reads each for itself.
    if (paced) await pause(1);
  }
}

/** Keeps the record of the frames; also of what comes after the close frame, where nothing may come. */
function recorder(): { answers: string[]; take: (frame: ReadFrame) => void; code: () => End } {
  const answers: string[] = [];
  let code: End = "dropped";
  const note = (answer: string): void => void answers.push(code === "dropped" ? answer : `${answer} after the close`);
  const takeText = (payload: Buffer): void => {
    const value = JSON.parse(UTF8.decode(payload)) as { type: string } | { type: string }[];
    for (const { type } of Array.isArray(value) ? value : [value]) if (ANSWER_TYPES.has(type)) note(type);
  };
  const take = ({ opcode, payload }: ReadFrame): void => {
    if (opcode === OPCODE.text) takeText(payload);
    else if (opcode === OPCODE.pong) note(pongFrame(payload));
    else if (opcode === OPCODE.binary) note("a binary message");
    else if (opcode === OPCODE.close && code !== "dropped") note("a close frame");
    else if (opcode === OPCODE.close) code = payload.length === 0 ? "no code" : payload.readUInt16BE(0);
  };
  return { answers, take, code: () => code };
}

/** Takes the answer to the handshake; answers the bytes after it, or undefined while it is incomplete. */
function headReader(key: string): (chunk: Buffer) => Buffer | undefined {
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  let seen: Buffer = Buffer.alloc(0);
  return (chunk) => {
    seen = Buffer.concat([seen, chunk]);
    const length = seen.indexOf("\r\n\r\n") + 4;
    if (length < 4) return undefined;
    const head = seen.toString("latin1", 0, length);
    const right = head.startsWith("HTTP/1.1 101 ") && head.includes(`Sec-WebSocket-Accept: ${accept}\r\n`);
    if (!right) throw new Error(`the handshake was answered with ${head}`);
    return seen.subarray(length);
  };
}

/** Opens `/ws`; `glued` follows the handshake before its answer is there. */
export async function openRawSocket(door: Door, glued: readonly FrameSpec[] = []): Promise<RawSocket> {
  const socket = await dial(door.url);
  const headers = handshakeHeaders(door);
  const { answers, take, code } = recorder();
  const readHead = headReader(headers["Sec-WebSocket-Key"] as string);
  const read = frameReader();
  let upgraded = false;
  let closed = false;
  let wake = (): void => {};

  const takeChunk = (chunk: Buffer): void => {
    const bytes = upgraded ? chunk : readHead(chunk);
    if (bytes === undefined) return;
    upgraded = true;
    for (const frame of read(bytes)) take(frame);
  };
  socket.on("data", (chunk: Buffer) => {
    try {
      takeChunk(chunk);
    } catch (error) {
      answers.push(String(error));
      socket.destroy();
    }
    wake();
  });
  socket.on("close", () => {
    closed = true;
    wake();
  });
  const settled = async (done = () => false): Promise<void> => {
    while (!closed && !done()) await new Promise<void>((resolve) => (wake = resolve));
  };

  const request = Buffer.from(requestText("GET /ws HTTP/1.1", headers));
  socket.write(Buffer.concat([request, ...glued.map(encodeFrame)]));
  await settled(() => upgraded);
  return {
    socket,
    answers,
    end: () => (closed ? code() : undefined),
    send: (frames, chop = "whole") => write(socket, pieces(frames, chop), chop !== "whole"),
    settled,
  };
}
