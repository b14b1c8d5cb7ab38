// What does one PostgreSQL client get back for the bytes it sends? Collects them into batches and executes those in order.
// Knows no socket; only one conversation may be open at a time, because there is one session below.
import { fatalMessage, isIdleAnswer, queryMessage, readBatch, readStartup } from "./frames.ts";

export interface Session {
  /** Executes protocol bytes and returns the answer. Throws only when the session is broken beyond use. */
  execute(bytes: Uint8Array): Promise<Uint8Array>;
  /** Called after answers that left no transaction open, before anything else is executed. */
  rest(bytes: number): Promise<void>;
}

export interface Step {
  /** Bytes of input that were used up. */
  readonly bytes: number;
  readonly answers: readonly Uint8Array[];
  /** Hang up after the answers. */
  readonly ends: boolean;
}

export interface Conversation {
  take(chunk: Buffer): Promise<Step>;
  /** No transaction is open. */
  readonly idle: boolean;
  /** Leaves the session as a newcomer expects it: no transaction, no settings, no prepared statements. */
  finish(): Promise<void>;
}

const MORE: Step = { bytes: 0, answers: [], ends: false };
const REFUSED: Step = { bytes: 0, answers: [], ends: true };
const TOO_LARGE: Step = { ...REFUSED, answers: [fatalMessage("54000", "a message is too large or malformed")] };

export function createConversation(session: Session): Conversation {
  let chunks: Buffer[] = [];
  let length = 0;
  let wants = 8;
  let started = false;
  let idle = true;

  const start = async (buffer: Buffer): Promise<Step> => {
    const startup = readStartup(buffer);
    if (startup.type === "refused") return REFUSED;
    if (startup.type === "more") return MORE;
    if (startup.type === "encryption") return { bytes: startup.bytes, answers: [Buffer.from("N")], ends: false };
    started = true;
    wants = 5;
    const answer = await session.execute(buffer.subarray(0, startup.bytes));
    return { bytes: startup.bytes, answers: [answer], ends: false };
  };

  const proceed = async (buffer: Buffer): Promise<Step> => {
    const batch = readBatch(buffer);
    if (batch === null) return TOO_LARGE;
    wants = batch.wants;
    if (batch.bytes === 0) return { bytes: 0, answers: [], ends: batch.ends };
    const answer = await session.execute(buffer.subarray(0, batch.bytes));
    idle = isIdleAnswer(answer);
    return { bytes: batch.bytes, answers: [answer], ends: batch.ends };
  };

  return {
    async take(chunk) {
      chunks.push(chunk);
      length += chunk.length;
      if (length < wants) return MORE;
      const buffer = Buffer.concat(chunks);
      const step = await (started ? proceed(buffer) : start(buffer));
      chunks = [buffer.subarray(step.bytes)];
      length -= step.bytes;
      return step;
    },
    get idle() {
      return idle;
    },
    async finish() {
      if (!started) return;
      if (!idle) await session.execute(queryMessage("rollback"));
      await session.execute(queryMessage("discard all"));
    },
  };
}
