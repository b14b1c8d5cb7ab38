// What happens to the body of a request that was refused before it was read? A connection that is closed with unread bytes
// takes the answer with it, so they are read and thrown away; but not for long, so that nobody can keep us reading.
import type { IncomingMessage } from "node:http";
import type { World } from "./world.ts";

/** How long what is left of a body is read, in milliseconds; then the connection is cut. */
const DISCARD_MS = 2_000;

/** Calls back when nothing is left to read. The answer must have been written, but not ended: ending it may close the connection. */
export function discardBody(req: IncomingMessage, world: World, done: () => void): void {
  if (req.complete) return done();
  req.resume();
  const cancel = world.after(DISCARD_MS, () => req.socket.destroy());
  req.once("close", () => {
    cancel();
    done();
  });
}
