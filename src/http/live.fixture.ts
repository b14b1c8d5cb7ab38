// How do the tests of this room listen on a socket? Frame by frame, each checked against the published schema.
import type { WebSocket } from "ws";
import { type Frame, frameSchema } from "#contract/event.ts";

export interface Live {
  readonly ws: WebSocket;
  /** The next frame of this type, also one that came before it was asked for; each is given out once. */
  next<T extends Frame["type"]>(type: T): Promise<Extract<Frame, { type: T }>>;
  readonly closed: Promise<number>;
}

/** A client whose every frame is parsed with the published schema. */
export function listenTo(ws: WebSocket): Live {
  const frames: Frame[] = [];
  let wake = (): void => {};
  ws.on("message", (data) => {
    const value: unknown = JSON.parse(data.toString());
    for (const frame of Array.isArray(value) ? value : [value]) frames.push(frameSchema.parse(frame));
    wake();
  });
  ws.on("error", () => {});
  return {
    ws,
    async next(type) {
      for (;;) {
        const at = frames.findIndex((frame) => frame.type === type);
        if (at !== -1) return frames.splice(at, 1)[0] as never;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    closed: new Promise((resolve) => ws.on("close", resolve)),
  };
}
