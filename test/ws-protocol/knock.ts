// What does the door of `/ws` answer to bytes that are perhaps a handshake? Its statuses, and the text of it all.
import { setTimeout as pause } from "node:timers/promises";
import { dial } from "./raw.ts";

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Milliseconds from the first byte of the request to the end of the answer. */
  readonly tookMs: number;
}

/** Longer than the gateway waits for a request; a connection that is still silent then is stuck. */
const PATIENCE_MS = 20_000;
const UPGRADED = /^HTTP\/1\.1 101 [\s\S]*?\r\n\r\n/;

/** Sends the bytes, at once or one every so many milliseconds, and reads until the gateway upgrades or hangs up. */
export async function knock(url: string, bytes: string, everyMs?: number): Promise<Answer> {
  const socket = await dial(url);
  const startedAt = performance.now();
  const patience = setTimeout(() => socket.destroy(), PATIENCE_MS);
  let text = "";
  const over = new Promise<void>((done) => {
    socket.on("close", () => done());
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (UPGRADED.test(text)) done();
    });
  });
  if (everyMs === undefined) socket.write(bytes, "latin1");
  for (let at = 0; everyMs !== undefined && at < bytes.length && socket.writable; at++) {
    socket.write(bytes.charAt(at), "latin1");
    await pause(everyMs);
  }
  await over;
  clearTimeout(patience);
  socket.destroy();
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0), text, tookMs: performance.now() - startedAt };
}
