// What does a result that came from the cache say about itself?

import type { Call } from "#calls/call.ts";
import type { Disposition } from "#contract/call.ts";
import type { FaultCode } from "#contract/fault.ts";

export interface CacheMark {
  readonly disposition: Disposition;
  /** Milliseconds since its server gave the answer. */
  readonly ageMs: number;
  /** The fault in whose place an old answer stands. */
  readonly fault?: FaultCode;
}

/** Undefined for an answer that its server gave to this very call. */
export function cacheMark({ disposition, ageMs, staleBecause }: Call): CacheMark | undefined {
  if (disposition !== "hit" && disposition !== "stale" && disposition !== "coalesced") return undefined;
  return {
    disposition,
    ageMs: Math.round(ageMs ?? 0),
    ...(staleBecause === undefined ? undefined : { fault: staleBecause }),
  };
}
