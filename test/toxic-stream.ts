// How do bytes travel one way through the toxic proxy? In order, later, slower, in slices, up to a limit, or not at all.
import type { Socket } from "node:net";

export interface Toxics {
  /** Milliseconds added to every chunk, and how much chance may add or take away. */
  readonly latency?: { readonly ms: number; readonly jitterMs?: number };
  /** Bytes per second. */
  readonly bandwidth?: number;
  /** Milliseconds between the end of one side and telling the other. */
  readonly slowClose?: number;
  /** Nothing arrives any more; after so many milliseconds the connection is closed, 0 never. */
  readonly timeout?: number;
  /** The connection is reset so many milliseconds after the next byte, or after it was opened. */
  readonly resetPeer?: number;
  /** Chunks are cut into pieces of so many bytes, with a pause between them. */
  readonly slicer?: { readonly bytes: number; readonly delayMs?: number };
  /** The connection is closed after so many bytes of this direction. */
  readonly limitData?: number;
}

export const WELL: Toxics = {};

export interface StreamOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly toxics: () => Toxics;
  /** Resets the whole connection. */
  readonly reset: () => void;
}

/** Chunks that wait here before the sender is asked to pause. */
const MAX_WAITING = 64;

export class Stream {
  readonly #options: StreamOptions;
  readonly #waiting: { readonly bytes: Buffer; readonly dueAt: number }[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #ended = false;
  #passed = 0;
  #busy = false;
  #doomed = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { from } = options;
    from.on("data", (chunk: Buffer) => this.#take(chunk));
    from.on("end", () => {
      this.#ended = true;
      this.#pass();
    });
    this.wake();
  }

  /** The toxics have changed: what was held may go, what is new may strike. */
  wake(): void {
    const { timeout } = this.#options.toxics();
    if (timeout !== undefined && timeout > 0) this.#later(timeout, () => this.#close());
    this.#doom();
    this.#pass();
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#waiting.length = 0;
  }

  #later(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }

  #close(): void {
    if (this.#options.toxics().timeout === undefined) return;
    this.#options.from.destroy();
    this.#options.to.destroy();
  }

  #doom(): void {
    const { resetPeer } = this.#options.toxics();
    if (resetPeer === undefined || this.#doomed) return;
    this.#doomed = true;
    this.#later(resetPeer, () => {
      this.#doomed = false;
      if (this.#options.toxics().resetPeer !== undefined) this.#options.reset();
    });
  }

  #take(chunk: Buffer): void {
    const { latency, slicer } = this.#options.toxics();
    const jitterMs = (latency?.jitterMs ?? 0) * (2 * Math.random() - 1);
    const dueAt = performance.now() + (latency === undefined ? 0 : Math.max(0, latency.ms + jitterMs));
    const size = slicer?.bytes ?? chunk.length;
    for (let at = 0; at < chunk.length; at += size) {
      this.#waiting.push({ bytes: chunk.subarray(at, at + size), dueAt: dueAt + (at / size) * (slicer?.delayMs ?? 0) });
    }
    if (this.#waiting.length > MAX_WAITING) this.#options.from.pause();
    this.#pass();
  }

  #pass(): void {
    if (this.#busy || this.#options.toxics().timeout !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      if (this.#ended) this.#end();
      return;
    }
    if (this.#waiting.length <= MAX_WAITING) this.#options.from.resume();
    this.#busy = true;
    const waitMs = Math.max(0, next.dueAt - performance.now()) + this.#costMs(next.bytes.length);
    const go = (): void => {
      this.#busy = false;
      this.#deliver(next.bytes);
      this.#pass();
    };
    if (waitMs > 0) this.#later(waitMs, go);
    else setImmediate(go);
  }

  #costMs(bytes: number): number {
    const { bandwidth } = this.#options.toxics();
    return bandwidth === undefined ? 0 : (bytes / bandwidth) * 1_000;
  }

  #deliver(bytes: Buffer): void {
    const { limitData, timeout } = this.#options.toxics();
    // The blackhole opened while these bytes were on their way.
    if (timeout !== undefined) return void this.#waiting.unshift({ bytes, dueAt: 0 });
    const room = limitData === undefined ? bytes.length : Math.max(0, limitData - this.#passed);
    this.#passed += bytes.length;
    if (this.#options.to.writable && room > 0) this.#options.to.write(bytes.subarray(0, room));
    if (room < bytes.length) this.#options.to.destroySoon();
  }

  #end(): void {
    const { slowClose = 0 } = this.#options.toxics();
    this.#ended = false;
    const { from, to } = this.#options;
    this.#later(slowClose, () => (from.destroyed ? to.destroySoon() : to.end()));
  }
}
