// Who on the page wants to hear of finished calls, and what are they told? The stream is asked for calls only while somebody does.
import { createContext } from "react";
import type { CallRecord } from "../../../src/contract/call.ts";

export interface CallListener {
  onCalls(records: readonly CallRecord[]): void;
  /** Calls may have finished that were not told: the stream begins anew. */
  onMissed(): void;
}

export interface CallFeed {
  /** Tells the listener from now on, until the returned stop is called. */
  listen(listener: CallListener): () => void;
}

export interface OpenCallFeed extends CallFeed {
  tell(records: readonly CallRecord[]): void;
  missed(): void;
}

/** @param want told when the first listener comes and when the last has gone. */
export function createCallFeed(want: (calls: boolean) => void): OpenCallFeed {
  const listeners = new Set<CallListener>();
  return {
    listen(listener) {
      listeners.add(listener);
      if (listeners.size === 1) want(true);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) want(false);
      };
    },
    tell(records) {
      for (const { onCalls } of listeners) onCalls(records);
    },
    missed() {
      for (const { onMissed } of listeners) onMissed();
    },
  };
}

export const CallFeedContext = createContext<CallFeed>({ listen: () => () => {} });
