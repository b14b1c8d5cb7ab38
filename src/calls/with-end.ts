// How does a layer let a call pass and hear that it is over? As an async function would, at half of its cost: this is done
// several times for every call.
import type { Reply } from "#upstream/transport.ts";
import type { Call, Handler } from "./call.ts";

/** Calls `next`; what it throws before it returns a promise is a rejection like any other. */
export function begun(next: Handler, call: Call): Promise<Reply> {
  try {
    return next(call);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Calls `next`, and `end` once when that is over, however it ends. */
export const withEnd = (next: Handler, call: Call, end: () => void): Promise<Reply> =>
  begun(next, call).then(
    (reply) => {
      end();
      return reply;
    },
    (error) => {
      end();
      throw error;
    },
  );
