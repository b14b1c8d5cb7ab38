// How do many small frames become few writes? The first after silence leaves at once; those that follow share one array.
import type { Cancel, World } from "#lib/world.ts";

/** Frames that follow each other closer than this leave together. */
export const COALESCE_MS = 50;
const MAX_PENDING_CHARS = 256 * 1024;

export interface Coalescer {
  /** Takes one frame as JSON text; it is delivered at once or within COALESCE_MS. */
  add(text: string): void;
  /** Delivers what waits, now. */
  flush(): void;
  stop(): void;
}

/** `deliver` gets one frame, or a JSON array of several, as bytes that all clients share. */
export function createCoalescer(world: World, deliver: (bytes: Buffer) => void): Coalescer {
  let pending: string[] = [];
  let pendingChars = 0;
  let cancel: Cancel | undefined;
  let flushedAt = Number.NEGATIVE_INFINITY;

  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    if (pending.length === 0) return;
    const text = pending.length === 1 ? (pending[0] as string) : `[${pending.join(",")}]`;
    pending = [];
    pendingChars = 0;
    flushedAt = world.now();
    deliver(Buffer.from(text));
  };

  return {
    add(text) {
      pending.push(text);
      pendingChars += text.length;
      const waitMs = flushedAt + COALESCE_MS - world.now();
      if (waitMs <= 0 || pendingChars > MAX_PENDING_CHARS) flush();
      else cancel ??= world.after(waitMs, flush);
    },
    flush,
    stop() {
      cancel?.();
      cancel = undefined;
      pending = [];
    },
  };
}
