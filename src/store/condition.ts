// In which state is the store, why, and who is told? One log line for each new reason, not for each try.
import type { Log } from "#lib/log.ts";
import { describe } from "./failure.ts";

export type StoreState = "waiting" | "ready" | "lost";

export interface Condition {
  readonly state: StoreState;
  readonly reason: string | null;
  /** Returns a function that removes the listener. */
  onState(listener: (state: StoreState) => void): () => void;
  rise(): void;
  /** `waiting` until it was ready once, `lost` after that. */
  fall(error: unknown): void;
}

export function createCondition(database: string, log: Log): Condition {
  const listeners = new Set<(state: StoreState) => void>();
  const told = new Set<string>();
  let state: StoreState = "waiting";
  let reason: string | null = "the database is not connected yet";
  const enter = (next: StoreState): void => {
    const changed = next !== state;
    state = next;
    if (changed) for (const listener of [...listeners]) listener(next);
  };
  return {
    get state() {
      return state;
    },
    get reason() {
      return reason;
    },
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    rise() {
      told.clear();
      reason = null;
      log.info({ database }, "Database ready");
      enter("ready");
    },
    fall(error) {
      reason = describe(error);
      if (told.size < 20 && !told.has(reason))
        log.warn({ database, reason }, "Database connection failed, trying again");
      told.add(reason);
      enter(state === "waiting" ? "waiting" : "lost");
    },
  };
}
