// How is a request body read? Whole, within a bound, and no byte more.
import type { IncomingMessage } from "node:http";
import { Fault } from "#contract/fault.ts";

export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Calls back once: with the bytes, or with BODY_TOO_LARGE as soon as that is certain, or CANCELLED when the client left. */
export function readBody(req: IncomingMessage, done: (outcome: Buffer | Fault) => void): void {
  if (Number(req.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return done(tooLarge());
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;
  let size = 0;
  let settled = false;
  const settle = (outcome: Buffer | Fault): void => {
    if (settled) return;
    settled = true;
    done(outcome);
  };
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      req.removeListener("data", onData);
      first = more = undefined;
      settle(tooLarge());
    } else if (first === undefined) first = chunk;
    else {
      more ??= [first];
      more.push(chunk);
    }
  };
  req.on("data", onData);
  req.on("end", () => settle(more === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(more, size)));
  req.on("error", () => settle(new Fault("CANCELLED", "The client went away.")));
}

const tooLarge = (): Fault =>
  new Fault(
    "BODY_TOO_LARGE",
    `The request body is larger than ${MAX_BODY_BYTES / 1024 / 1024} MiB; send less at once.`,
  );
