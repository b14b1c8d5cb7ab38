// In which order do messages leave, and which of them certainly never left? Writes one message at a time while the pipe
// takes it, and holds the rest back, bounded, so that a call that never left is known as such.
import type { Writable } from "node:stream";

/** One message on its way out, with its newline. */
export interface Letter {
  /** Emptied once the message is handed to the pipe or withdrawn. */
  text: string;
  /** False only while it is certain that the receiver has seen no byte of it. */
  sent: boolean;
}

export interface Outbox {
  /** Returns false, and takes nothing, when more than the limit is already waiting or the pipe is closed. */
  post(letter: Letter): boolean;
  /** Takes back a letter that has not left; harmless otherwise. */
  withdraw(letter: Letter): void;
}

/** Most bytes that one write joins. */
const BATCH_BYTES = 64 * 1024;
/** Letters already sent that may stay in the list before it is shortened. */
const PASSED_LIMIT = 1_024;

/** `maxBytes`: most bytes that may wait in memory. The stream's errors are the caller's to handle. */
export function createOutbox(stream: Writable, maxBytes: number): Outbox {
  // Letters from `head` on wait; a withdrawn one has no text any more and is passed over.
  const letters: Letter[] = [];
  let head = 0;
  let waitingBytes = 0;

  const take = (letter: Letter): string => {
    const { text } = letter;
    letter.text = "";
    return text;
  };
  const nextBatch = (): string => {
    let batch = "";
    while (head < letters.length && batch.length < BATCH_BYTES) {
      const letter = letters[head++] as Letter;
      if (letter.text === "") continue;
      waitingBytes -= Buffer.byteLength(letter.text);
      letter.sent = true;
      batch += take(letter);
    }
    if (head === letters.length || head > PASSED_LIMIT) {
      letters.splice(0, head);
      head = 0;
    }
    return batch;
  };
  const flush = (): void => {
    while (head < letters.length && stream.writable && stream.writableLength === 0) {
      const batch = nextBatch();
      if (batch !== "") stream.write(batch, flush);
    }
  };

  return {
    post(letter) {
      if (!stream.writable) return false;
      if (head === letters.length && stream.writableLength === 0) {
        letter.sent = true;
        stream.write(take(letter), flush);
        return true;
      }
      const bytes = Buffer.byteLength(letter.text);
      if (stream.writableLength + waitingBytes + bytes > maxBytes) return false;
      letters.push(letter);
      waitingBytes += bytes;
      return true;
    },
    withdraw(letter) {
      if (letter.sent || letter.text === "") return;
      waitingBytes -= Buffer.byteLength(letter.text);
      take(letter);
    },
  };
}
