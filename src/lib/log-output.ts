// What if the log cannot be written? A full disk, a pipe whose reader has gone or stands still: lines wait, within bounds, and
// nobody who logs ever fails or waits for it.

export interface LogOutput {
  /** Takes one line with its newline. Never throws. */
  write(line: string): void;
  /** Writes what still waits before the process ends; waits for a slow reader, but not for long. */
  end(): void;
}

export interface LogOutputDeps {
  /** Writes bytes at once and answers how many went; throws what the system says. */
  readonly writeSync: (bytes: Uint8Array) => number;
  /** Told when lines can be written again after so many were dropped. */
  readonly onLost: (lines: number) => void;
}

/** Bytes of lines that may wait; beyond that new ones are dropped. */
export const MAX_WAITING_BYTES = 1024 * 1024;
/** A reader that is merely slow is looked after without a next line, in milliseconds. */
const RETRY_MS = 50;
const END_MS = 500;
const END_STEP_MS = 10;

export function createLogOutput({ writeSync, onLost }: LogOutputDeps): LogOutput {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let lost = 0;
  let isRetrying = false;

  const dropFront = (bytes: number): void => {
    const first = waiting[0] as Uint8Array;
    waitingBytes -= bytes;
    if (bytes === first.length) waiting.shift();
    else waiting[0] = first.subarray(bytes);
  };
  /** Answers what stands in the way, undefined when nothing waits any more. */
  const flush = (): unknown => {
    try {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) dropFront(writeSync(next));
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const tellLost = (): void => {
    const lines = lost;
    lost = 0;
    if (lines > 0) onLost(lines);
  };
  const push = (): void => {
    const error = flush();
    if (error === undefined) tellLost();
    else if (isSlow(error) && !isRetrying) {
      isRetrying = true;
      setTimeout(retry, RETRY_MS).unref();
    }
  };
  const retry = (): void => {
    isRetrying = false;
    push();
  };

  return {
    write(line) {
      const bytes = Buffer.from(line);
      const hasRoom = (): boolean => waitingBytes + bytes.length <= MAX_WAITING_BYTES;
      if (!hasRoom()) push();
      if (!hasRoom()) lost++;
      else {
        waiting.push(bytes);
        waitingBytes += bytes.length;
      }
      push();
    },
    end() {
      for (let leftMs = END_MS; isSlow(flush()) && leftMs > 0; leftMs -= END_STEP_MS) rest(END_STEP_MS);
    },
  };
}

/** The reader of a pipe has not taken yet what was written before. */
const isSlow = (error: unknown): boolean => (error as NodeJS.ErrnoException | undefined)?.code === "EAGAIN";

const rest = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
