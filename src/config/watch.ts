// When did a configuration file change? Watches the folders, because editors replace files; reads nothing itself.
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Log } from "#lib/log.ts";
import type { Cancel, World } from "#lib/world.ts";

const QUIET_MS = 200;

export interface Watch {
  close(): void;
}

/** Calls `onChange` once the files have been quiet for 200 ms after a change. A folder that cannot be watched is logged. */
export function openWatch(files: readonly string[], onChange: () => void, deps: { log: Log; world: World }): Watch {
  let pending: Cancel | undefined;
  const touch = (): void => {
    pending?.();
    pending = deps.world.after(QUIET_MS, onChange);
  };
  const watchers = [...new Set(files.map(dirname))].flatMap((folder) => {
    const names = new Set(files.filter((file) => dirname(file) === folder).map((file) => basename(file)));
    // A mounted Kubernetes volume swaps its `..data` link, not the files.
    const concerns = (name: string | null): boolean => name === null || names.has(name) || name.startsWith("..");
    return watchFolder(folder, (name) => concerns(name) && touch(), deps.log);
  });
  return {
    close() {
      pending?.();
      for (const watcher of watchers) watcher.close();
    },
  };
}

function watchFolder(folder: string, onEvent: (name: string | null) => void, log: Log): FSWatcher[] {
  const complain = (error: NodeJS.ErrnoException): void => {
    log.warn({ folder, code: error.code }, `changes in ${folder} are not noticed; send SIGHUP after an edit`);
  };
  try {
    const watcher = watch(folder, { persistent: false }, (_kind, name) => onEvent(name));
    watcher.on("error", complain);
    return [watcher];
  } catch (error) {
    complain(error as NodeJS.ErrnoException);
    return [];
  }
}
