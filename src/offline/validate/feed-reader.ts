// What does the live feed tell? A WebSocket client that keeps every frame, in its order, and reads each by the published schema.
import { type Frame, frameSchema } from "#contract/event.ts";
import { Unmet } from "./check.ts";

export interface FeedReader {
  /** All that came, oldest first. */
  readonly frames: readonly Frame[];
  /** What came and was no frame, in words. */
  readonly garbage: readonly string[];
  /** Resolves once `holds` does; throws Unmet after `limitMs`, telling `expected` and what came last. */
  until(expected: string, holds: () => boolean, limitMs: number): Promise<void>;
  close(): void;
}

const OPEN_MS = 5_000;
const TOLD = 6;

/** Resolves when the socket is open. Throws Unmet when it does not open. */
export async function openFeed(url: string): Promise<FeedReader> {
  const socket = new WebSocket(url);
  const frames: Frame[] = [];
  const garbage: string[] = [];
  const wakes = new Set<() => void>();
  socket.addEventListener("message", ({ data }) => {
    for (const frame of framesIn(data, garbage)) frames.push(frame);
    for (const wake of wakes) wake();
  });
  await opened(socket);
  return {
    frames,
    garbage,
    async until(expected, holds, limitMs) {
      const done = Promise.withResolvers<void>();
      const look = (): void => {
        if (holds()) done.resolve();
      };
      const timer = setTimeout(() => done.reject(new Unmet(expected, lastOf(frames))), limitMs);
      wakes.add(look);
      look();
      try {
        await done.promise;
      } finally {
        clearTimeout(timer);
        wakes.delete(look);
      }
    },
    close: () => socket.close(),
  };
}

function opened(socket: WebSocket): Promise<void> {
  const opening = Promise.withResolvers<void>();
  const timer = setTimeout(() => socket.close(), OPEN_MS);
  socket.addEventListener("open", () => opening.resolve(), { once: true });
  const refused = (): void => opening.reject(new Unmet("an open WebSocket at /ws", "that it was refused or cut"));
  socket.addEventListener("error", refused, { once: true });
  socket.addEventListener("close", refused, { once: true });
  return opening.promise.finally(() => clearTimeout(timer));
}

function framesIn(data: unknown, garbage: string[]): Frame[] {
  const values = parsed(String(data));
  return values.flatMap((value) => {
    const read = frameSchema.safeParse(value);
    if (read.success) return [read.data];
    garbage.push(`${JSON.stringify(value)?.slice(0, 200)} (${read.error.issues[0]?.path.join(".")})`);
    return [];
  });
}

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    return [text];
  }
}

/** The newest frames in words. */
function lastOf(frames: readonly Frame[]): string {
  const newest = frames.filter(({ type }) => type !== "system_metrics").slice(-TOLD);
  return newest.length === 0 ? "no frame" : newest.map(frameWords).join("; ");
}

/** One frame in a few words, such as `mcp_status_change git down`. */
export function frameWords(frame: Frame): string {
  switch (frame.type) {
    case "mcp_status_change":
      return `${frame.type} ${frame.data.name} ${frame.data.new_status}`;
    case "circuit_breaker_state":
      return `${frame.type} ${frame.data.name} ${frame.data.new_state}`;
    case "health_event":
      return `${frame.type} ${frame.data.name} ${frame.data.event_type}`;
    default:
      return frame.type;
  }
}
