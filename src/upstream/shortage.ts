// Did this process itself run short of something, so that a server could not even be asked? Pure: system error codes in,
// a fault that blames nobody else out.
import { Fault } from "#contract/fault.ts";

/** Milliseconds after which a shortage of ours may be over. */
const RETRY_AFTER_MS = 1_000;

const SHORT_OF: Readonly<Record<string, string>> = {
  EMFILE: "open files",
  ENFILE: "open files",
  EAGAIN: "processes",
  ENOMEM: "memory",
  ENOBUFS: "memory for sockets",
  EADDRNOTAVAIL: "local addresses",
};

/**
 * OVERLOADED, marked as ours, when this error or one behind it is a shortage of the gateway's own process; else undefined.
 * Only for attempts to connect or to start: nothing was sent.
 */
export function ownShortage(server: string, error: unknown): Fault | undefined {
  const code = shortageOf(error);
  if (code === undefined) return undefined;
  const message =
    `The gateway itself has run out of ${SHORT_OF[code]} (${code}), so ${server} could not be reached. Nothing was sent, ` +
    "and the server is not to blame; it is tried again in a moment.";
  const circumstance = { ours: true };
  return new Fault("OVERLOADED", message, { server, retryAfterMs: RETRY_AFTER_MS, circumstance, cause: error });
}

/** How deep a chain of causes is looked through. */
const MAX_CAUSES = 8;

function shortageOf(error: unknown): string | undefined {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth++) {
    // One name with several addresses fails with one error for each of them.
    const all = cause instanceof AggregateError ? [cause, ...cause.errors] : [cause];
    for (const { code } of all as { code?: unknown }[]) {
      if (typeof code === "string" && Object.hasOwn(SHORT_OF, code)) return code;
    }
    cause = cause.cause;
  }
  return undefined;
}
