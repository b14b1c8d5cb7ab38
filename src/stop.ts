// When is the gateway told to stop? By a signal, when npm, which had started it, is gone, or when its terminal is closed.
import { isatty } from "node:tty";
import type { Log } from "#lib/log.ts";
import type { Settings } from "./settings.ts";

export interface StopRequest {
  /** Resolves once, with the reason. A second SIGTERM or SIGINT ends the process at once. */
  readonly asked: Promise<string>;
}

interface StopDeps {
  readonly settings: Settings;
  readonly log: Log;
  /** SIGHUP while the terminal is still there, or there never was one. */
  reload(): void;
}

const PARENT_WATCH_MS = 500;
const STDOUT = 1;

export function watchForStop({ settings, log, reload }: StopDeps): StopRequest {
  const { promise, resolve } = Promise.withResolvers<string>();
  let asked = false;
  const ask = (reason: string): void => {
    asked = true;
    resolve(reason);
  };
  const onSignal = (signal: string): void => {
    if (!asked) return ask(signal);
    log.warn({ signal }, "OMNI2 stops at once: second signal");
    process.exit(1);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  const terminal = isatty(STDOUT);
  process.on("SIGHUP", () => (terminal && !isatty(STDOUT) ? ask("the terminal was closed") : reload()));
  if (settings.env.npm_lifecycle_event !== undefined) watchParent(() => ask("npm, which had started it, has ended"));
  return { asked: promise };
}

// npm hands a signal to the shell between it and us, and that shell ends without passing it on.
function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_WATCH_MS);
  timer.unref();
}
