// How is one case played? Its frames go out over a connection of their own; what comes back must be exactly what it says.
import assert from "node:assert/strict";
import { type Case, close, text } from "./cases.ts";
import type { FrameSpec } from "./frame.ts";
import { type Door, type End, openRawSocket, type RawSocket } from "./raw.ts";

/** Long enough for a loaded machine; a connection that is still silent then is stuck. */
const PATIENCE_MS = 10_000;

interface Outcome {
  readonly answers: readonly string[];
  readonly end: End | "open";
}

const QUESTION = '{"action":"get_metadata"}';
const ANSWER = "metadata";

/** Asks one more thing: what is answered before it came because of the case, and nothing is missing. */
async function askOneMore(raw: RawSocket): Promise<boolean> {
  await raw.send([text(QUESTION)]);
  await raw.settled(() => raw.answers.includes(ANSWER));
  return raw.answers.at(-1) === ANSWER;
}

async function play(raw: RawSocket, { frames, chop, end }: Case): Promise<Outcome> {
  await raw.send(frames, chop);
  const open = end === undefined && (await askOneMore(raw));
  if (open) await raw.send([close(1000)]);
  await raw.settled();
  if (!open) return { answers: raw.answers, end: raw.end() as End };
  assert.equal(raw.end(), 1000, "the goodbye was not answered");
  return { answers: raw.answers.slice(0, -1), end: "open" };
}

/** Plays a case and checks its outcome; `glued` frames follow the handshake before its answer. */
export async function check(door: Door, one: Case, glued: readonly FrameSpec[] = []): Promise<void> {
  const raw = await openRawSocket(door, glued);
  const patience = setTimeout(() => raw.socket.destroy(), PATIENCE_MS);
  try {
    const seen = await play(raw, one);
    assert.deepEqual(seen, { answers: one.answers ?? [], end: one.end ?? "open" });
  } finally {
    clearTimeout(patience);
    raw.socket.destroy();
  }
}
