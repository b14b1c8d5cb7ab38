// Is a call that failed tried once more, and when? Pure: the fault, what is known of the call and dice in, a verdict out.
// What never left, or was refused before it began, may be repeated for every call; what the server had in hand only when
// doing it twice does no harm. Replies are not faults and never come here: an error a server answered is its answer.
import type { Fault } from "#contract/fault.ts";

/** Attempts of one call, the first included. */
export const MAX_ATTEMPTS = 3;
/** The wait before the second attempt is chosen from up to this; the range doubles with every attempt. */
const BASE_DELAY_MS = 50;
const MAX_DELAY_MS = 20_000;
/** Callers whom a server sent away together return spread over this time after the moment that it named. */
const RETRY_AFTER_SPREAD_MS = 5_000;
const TOO_MANY_REQUESTS = 429;

export interface FailedAttempt {
  readonly fault: Fault;
  /** Doing it twice does no harm. */
  readonly repeatable: boolean;
  /** Which attempt failed; 1 is the first. */
  readonly attempt: number;
  /** Milliseconds until the call must be done. */
  readonly deadlineInMs: number;
  /** In [0, 1). */
  readonly random: number;
}

export type RetryVerdict = { readonly kind: "retry"; readonly afterMs: number } | { readonly kind: "give_up" };

const GIVE_UP: RetryVerdict = { kind: "give_up" };

/** Never a write that may have been carried out, never beyond the deadline. */
export function afterFailure({ fault, repeatable, attempt, deadlineInMs, random }: FailedAttempt): RetryVerdict {
  if (attempt >= MAX_ATTEMPTS || !mayRepeat(fault, repeatable)) return GIVE_UP;
  const afterMs = delayMs(fault, attempt, random);
  return afterMs < deadlineInMs ? { kind: "retry", afterMs } : GIVE_UP;
}

function mayRepeat({ code, circumstance = {} }: Fault, repeatable: boolean): boolean {
  const { sent = false, ours = false, noLink = false, status } = circumstance;
  // What we are short of, or do not do, another attempt does not mend; and where a link is missing, its supervisor tries.
  if (ours || noLink) return false;
  switch (code) {
    case "UPSTREAM_UNAVAILABLE":
      return repeatable || (!sent && (status === undefined || status === TOO_MANY_REQUESTS));
    case "OUTCOME_UNKNOWN":
      return repeatable;
    case "UPSTREAM_PROTOCOL":
      // Garbage may be a passing trouble; a status that refuses the request will refuse it again.
      return repeatable && status === undefined;
    default:
      return false;
  }
}

// Only a server's own word is waited for. Where a fault without a status names a time, it is that of our next reconnect,
// which a call that asks for the link ends early.
function delayMs({ retryAfterMs, circumstance }: Fault, attempt: number, random: number): number {
  if (retryAfterMs !== undefined && circumstance?.status !== undefined)
    return retryAfterMs + random * RETRY_AFTER_SPREAD_MS;
  return random * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (attempt - 1));
}
