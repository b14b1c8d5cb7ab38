// What if the gateway itself has a bug that nobody caught? Both kinds are counted and logged; a rejection is no reason to stop,
// an exception may have left anything half done and ends the gateway.
import type { Log } from "#lib/log.ts";

export interface Bugs {
  /** Since start. */
  readonly counts: { readonly rejections: number; readonly exceptions: number };
  /** Resolves with the first exception. */
  readonly fatal: Promise<unknown>;
}

/** Watches this process from now on. `onFatal` is told the first exception at once, whatever else waits. */
export function watchForBugs(log: Log, onFatal: () => void): Bugs {
  const counts = { rejections: 0, exceptions: 0 };
  const { promise: fatal, resolve } = Promise.withResolvers<unknown>();
  process.on("unhandledRejection", (err) => {
    counts.rejections++;
    log.error({ err, ...counts }, "Unhandled rejection: a bug; the gateway goes on");
  });
  process.on("uncaughtException", (err) => {
    counts.exceptions++;
    log.error({ err, ...counts }, "Uncaught exception: a bug; running calls may finish, then the gateway ends");
    if (counts.exceptions === 1) onFatal();
    resolve(err);
  });
  return { counts, fatal };
}
