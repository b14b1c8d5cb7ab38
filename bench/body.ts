// How does a bare node:http server collect a request body with the least work? Bounded, bytes only.
import type { IncomingMessage } from "node:http";

const MAX_BODY_BYTES = 1_048_576;

/** Calls `done` once with the whole body; a longer one than 1 MiB destroys the request. */
export function readBody(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => done(joined(chunks)));
}

/** The chunks as one buffer, without a copy when there is only one. */
export const joined = (chunks: Buffer[]): Buffer =>
  chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
