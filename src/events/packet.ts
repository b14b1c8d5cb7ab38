// How do items become bytes on a wire? One frame or a JSON array of several, made once for all who see the same; as a
// server-sent event with the last number as its id.
import { type Item, stateKey } from "./stream.ts";

/** What all clients with the same view get, in both wrappings. Shared: must not be modified. */
export interface Packet {
  readonly json: Buffer;
  /** One server-sent event. */
  readonly sse: Buffer;
  /** Frames in it. */
  readonly frames: number;
}

/** `position` is what a reader may resume after; null when the packet moves nobody. */
export function packetOf(frames: readonly string[], position: { epoch: string; seq: number } | null): Packet {
  const text = frames.length === 1 ? (frames[0] as string) : `[${frames.join(",")}]`;
  const json = Buffer.from(text);
  let sse: Buffer | undefined;
  return {
    json,
    frames: frames.length,
    get sse() {
      const id = position === null ? "" : `id: ${position.epoch}:${position.seq}\n`;
      sse ??= Buffer.from(`${id}data: ${text}\n\n`);
      return sse;
    },
  };
}

/** The items as frames of one view in which number `last` was the newest, and the number that is the newest now. */
export function framesOf(items: readonly Item[], epoch: string, last: number): { frames: string[]; last: number } {
  let prev = last;
  const frames = items.map(({ type, at, seq, text }) => {
    if (seq === null) return `{"type":"${type}","ts":${at},"data":${text}}`;
    const frame = `{"type":"${type}","ts":${at},"seq":${seq},"prev":${prev},"epoch":"${epoch}","data":${text}}`;
    prev = seq;
    return frame;
  });
  return { frames, last: prev };
}

/** A frame that tells nothing but how far its reader has been served. */
export const covering = ({ at, seq, prev, epoch }: { at: number; seq: number; prev: number; epoch: string }): string =>
  `{"type":"ping","ts":${at},"seq":${seq},"prev":${prev},"epoch":"${epoch}","data":{}}`;

/** Leaves out states that a later one in the list replaces, of those that change too fast. */
export function conflate(items: readonly Item[], fast: ReadonlySet<string>): readonly Item[] {
  if (fast.size === 0) return items;
  const newest = new Map<string, Item>();
  for (const item of items) {
    const key = stateKey(item);
    if (key !== null && fast.has(key)) newest.set(key, item);
  }
  return items.filter((item) => {
    const key = stateKey(item);
    return key === null || !fast.has(key) || newest.get(key) === item;
  });
}
