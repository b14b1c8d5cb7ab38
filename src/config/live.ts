// Who is told when the configuration changes? Holds the one current state and takes up the next; decides nothing about it.
import { canonicalJson } from "#lib/json.ts";
import type { Log } from "#lib/log.ts";
import { issueText } from "./issue.ts";
import { type ConfigFrame, type ConfigParts, type Configuration, configurationOf, sameConfiguration } from "./state.ts";

export type ConfigListener = (next: Configuration) => void | Promise<void>;

export interface LiveConfiguration {
  parts(): ConfigParts;
  current(): Configuration;
  onChange(listener: ConfigListener): () => void;
  /** What these parts would make current; with the present revision when nothing would run or be kept differently. */
  draft(next: ConfigParts): Configuration;
  /** Makes a draft of these parts current and, if it is another, tells every listener, one after another. */
  take(next: ConfigParts, draft: Configuration): Promise<void>;
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
    draft(next) {
      const { revision } = current;
      const candidate = configurationOf(next, frame, revision + 1);
      const isSame = sameConfiguration(current, candidate) && sameChanges(parts, next);
      return isSame ? { ...candidate, revision } : candidate;
    },
    async take(next, draft) {
      const before = current;
      parts = next;
      current = draft;
      warn(draft, before, log);
      if (draft.revision === before.revision && sameConfiguration(before, draft)) return;
      for (const listener of listeners) await tell(listener, draft, log);
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

const sameChanges = (a: ConfigParts, b: ConfigParts): boolean => canonicalJson(a.changes) === canonicalJson(b.changes);

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
