// Who is told when the configuration changes? Holds the one current state and applies the next; decides nothing about it.
import type { Log } from "#lib/log.ts";
import { issueText } from "./issue.ts";
import { type ConfigFrame, type ConfigParts, type Configuration, configurationOf, sameConfiguration } from "./state.ts";

export type ConfigListener = (next: Configuration) => void | Promise<void>;

export interface LiveConfiguration {
  parts(): ConfigParts;
  current(): Configuration;
  onChange(listener: ConfigListener): () => void;
  /** Makes the parts current and tells every listener, one after another; false when nothing would run differently. */
  apply(next: ConfigParts): Promise<boolean>;
  /** Runs changes strictly one after another. */
  inTurn<T>(change: () => Promise<T>): Promise<T>;
  /** Resolves when the changes begun so far have ended. */
  idle(): Promise<void>;
}

export function createLive(start: ConfigParts, frame: ConfigFrame, log: Log): LiveConfiguration {
  const listeners = new Set<ConfigListener>();
  let parts = start;
  let current = configurationOf(start, frame, 1);
  let last: Promise<unknown> = Promise.resolve();
  warn(current, undefined, log);
  return {
    parts: () => parts,
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async apply(next) {
      const before = current;
      const candidate = configurationOf(next, frame, before.revision + 1);
      parts = next;
      warn(candidate, before, log);
      const changed = !sameConfiguration(before, candidate);
      current = changed ? candidate : { ...candidate, revision: before.revision };
      if (changed) for (const listener of listeners) await tell(listener, current, log);
      return changed;
    },
    inTurn(change) {
      const turn = last.then(change);
      last = turn.catch(() => {});
      return turn;
    },
    async idle() {
      await last;
    },
  };
}

async function tell(listener: ConfigListener, current: Configuration, log: Log): Promise<void> {
  try {
    await listener(current);
  } catch (error) {
    log.error(
      { err: error, revision: current.revision },
      "a part of the gateway could not take up the new configuration",
    );
  }
}

// Each warning is logged when it first appears, not with every reload.
function warn(next: Configuration, before: Configuration | undefined, log: Log): void {
  const known = new Set(before?.warnings.map(issueText));
  for (const text of next.warnings.map(issueText)) if (!known.has(text)) log.warn({}, `configuration: ${text}`);
}
